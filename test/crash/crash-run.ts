import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeRuntime, type NodeRuntime } from "../../src/runtime/node-runtime.js";
import type { Chance } from "../../src/runtime/runtime.js";
import { type ServedAgency, serveAgency } from "../../src/simulation/serve.js";
import { seededChance } from "../seeded-chance.js";
import { ROOT } from "../tidy/repository.js";
import { crashConfig } from "./crash-config.js";
import { type Aim, HubProcess, type Running } from "./hub-under-test.js";
import { type PushCounts, pause, pushReports, QueueWitness } from "./load.js";
import type { Effect } from "./sink-book.js";
import { ArchiveReader, RiderWatch, WebhookReceiver } from "./sinks.js";

export interface CrashOptions {
	readonly kills: number;
	readonly seed: number;
	/** Hears after every kill. */
	readonly onKill?: (summary: CrashSummary) => void;
	/** Another built Wayside than that of this repository: the file that `wayside` runs. */
	readonly main?: string;
	/** How long the sinks may take to get everything that was settled before a restart. Default a minute. */
	readonly catchUpMs?: number;
}

/** What `--json` prints. */
export interface CrashSummary {
	readonly seed: number;
	kills: number;
	/** Kills within a transaction of the store, of those where the system shows it (`looked`). */
	openCommits: number;
	looked: number;
	/** Kills before the hub had said that it runs. */
	whileStarting: number;
	/** Reports that were answered with 202, and messages of the gateway that were in a settled poll. */
	readonly pushed: PushCounts;
	polled: number;
	/** Records at the sinks, and batches that a receiver got more than once. */
	archived: number;
	received: number;
	repeatedBatches: number;
	riderReadings: number;
	/** Times that the ledger was recounted. */
	audits: number;
	/** What did not hold. */
	failed: string[];
	/** Where the store lies; it is kept when something failed. */
	readonly folder: string;
	seconds: number;
}

const SENDERS = 6;
const SENDER_PAUSE_MS = 15;
const RIDER_EVERY_MS = 300;
/** Buses every 80 seconds: some twenty reports a second. */
const HEADWAY_S = 80;
const ANSWERS_LOST = 0.03;
const CATCH_UP_MS = 60_000;
const STARTING_SHARE = 0.1;
/** At least half of the kills must hit a transaction; the rest are at any moment. */
const AIMED_SHARE = 0.6;
/** Of the aimed ones: they hit a transaction however busy the machine is. The others run on, and may miss. */
const HELD_SHARE = 0.4;
const POSTINGS_MAX = 30;
const UP_MAX_MS = 700;
const STARTING_MAX_MS = 1200;
const COMMIT_WAIT_MS = 2000;
const AUDIT_EVERY = 5;

/** Kills a hub under load again and again, and looks at its sinks. */
export async function crashRun(options: CrashOptions): Promise<CrashSummary> {
	const run = await CrashRun.start(options);
	try {
		await run.kills();
		await run.finish();
	} catch (thrown) {
		run.fail(thrown instanceof Error ? thrown.message : String(thrown));
	} finally {
		await run.close();
	}
	return run.summary;
}

class CrashRun {
	readonly summary: CrashSummary;
	readonly #options: CrashOptions;
	readonly #chance: Chance;
	readonly #runtime: NodeRuntime;
	readonly #agency: ServedAgency;
	readonly #webhook: WebhookReceiver;
	readonly #archive: ArchiveReader;
	readonly #riders = new RiderWatch();
	readonly #stop = new AbortController();
	readonly #startedMs = performance.now();
	#work: Promise<unknown>[] = [];
	#hub: HubProcess | undefined;
	#running: Running | undefined;

	private constructor(
		options: CrashOptions,
		folder: string,
		parts: {
			readonly runtime: NodeRuntime;
			readonly agency: ServedAgency;
			readonly webhook: WebhookReceiver;
			readonly archive: ArchiveReader;
			readonly chance: Chance;
		},
	) {
		this.#options = options;
		this.#runtime = parts.runtime;
		this.#agency = parts.agency;
		this.#webhook = parts.webhook;
		this.#archive = parts.archive;
		this.#chance = parts.chance;
		this.summary = {
			seed: options.seed,
			kills: 0,
			openCommits: 0,
			looked: 0,
			whileStarting: 0,
			pushed: { accepted: 0, repeated: 0 },
			polled: 0,
			archived: 0,
			received: 0,
			repeatedBatches: 0,
			riderReadings: 0,
			audits: 0,
			failed: [],
			folder,
			seconds: 0,
		};
	}

	static async start(options: CrashOptions): Promise<CrashRun> {
		const folder = mkdtempSync(join(tmpdir(), "wayside-crash-"));
		const runtime = createNodeRuntime();
		const chance = seededChance(options.seed);
		const webhook = await WebhookReceiver.start(runtime, seededChance(options.seed + 1), ANSWERS_LOST);
		const archive = new ArchiveReader(join(folder, "archive.ndjson"));
		const settle = (effect: Effect) => {
			archive.book.settle(effect);
			webhook.book.settle(effect);
		};
		const witness = new QueueWitness((effect) => {
			settle(effect);
			run.summary.polled++;
		});
		const agency = await serveAgency({
			clock: runtime.clock,
			seed: options.seed,
			faults: "none",
			timezone: "UTC",
			headwayS: HEADWAY_S,
			requestsPerMinuteMax: 1200,
			onAnswer: (request, answer) => witness.hear(request, answer),
		});
		writeFileSync(join(folder, "wayside.yaml"), crashConfig(agency.url, webhook.url));
		const run: CrashRun = new CrashRun(options, folder, { runtime, agency, webhook, archive, chance });
		run.#load(settle);
		return run;
	}

	#load(settle: (effect: Effect) => void): void {
		const { signal } = this.#stop;
		for (let sender = 0; sender < SENDERS; sender++) {
			this.#work.push(
				pushReports({
					name: `push-${sender}`,
					url: () => this.#running?.url,
					pauseMs: SENDER_PAUSE_MS,
					signal,
					settle,
					counts: this.summary.pushed,
				}),
			);
		}
		const watchRiders = async () => {
			while (!signal.aborted) {
				if (this.#running) await this.#riders.read(this.#running.url);
				await pause(RIDER_EVERY_MS);
			}
		};
		this.#work.push(watchRiders());
	}

	async kills(): Promise<void> {
		const { kills, onKill } = this.#options;
		while (this.summary.kills < kills && this.summary.failed.length === 0) {
			const isWhileStarting = this.#chance.next() < STARTING_SHARE;
			if (isWhileStarting) await this.#killWhileStarting();
			else await this.#killUnderLoad();
			this.#look();
			onKill?.(this.summary);
		}
	}

	async #killWhileStarting(): Promise<void> {
		const hub = this.#spawn();
		await pause(this.#chance.next() * STARTING_MAX_MS);
		if (this.#running === undefined) this.summary.whileStarting++;
		await this.#kill(hub);
	}

	/** Half of the lives are long enough for the sinks to get all that was settled before, and that is checked. */
	async #killUnderLoad(): Promise<void> {
		const settledBefore = this.#archive.book.settled;
		const hub = this.#spawn();
		const running = await hub.startedInTime();
		if (this.#chance.next() < 0.5) {
			await this.#caughtUp(settledBefore, hub);
			if (this.summary.kills % AUDIT_EVERY === 0) await this.#auditRunning(running);
		}
		await pause(this.#chance.next() * UP_MAX_MS);
		const { kills, openCommits } = this.summary;
		if (this.#chance.next() < AIMED_SHARE || openCommits < kills * AIMED_SHARE) {
			await hub.stopWithinCommit(this.#aim(), COMMIT_WAIT_MS);
		}
		await this.#kill(hub);
	}

	#aim(): Aim {
		const [place, isHeld] = [this.#chance.next(), this.#chance.next() < HELD_SHARE];
		return { postings: 1 + Math.floor(place * POSTINGS_MAX), isHeld };
	}

	#spawn(): HubProcess {
		const hub = new HubProcess(this.summary.folder, "wayside.yaml", this.#options.main);
		this.#hub = hub;
		void hub.started.then((running) => {
			if (this.#hub === hub) this.#running = running;
		});
		return hub;
	}

	async #kill(hub: HubProcess): Promise<void> {
		const { isCommitOpen } = await hub.kill();
		this.#hub = undefined;
		this.#running = undefined;
		this.summary.kills++;
		if (isCommitOpen === undefined) return;
		this.summary.looked++;
		if (isCommitOpen) this.summary.openCommits++;
	}

	async #caughtUp(settled: number, hub: HubProcess): Promise<void> {
		const { catchUpMs = CATCH_UP_MS } = this.#options;
		const deadline = performance.now() + catchUpMs;
		for (;;) {
			this.#archive.read();
			const missing = [this.#archive.book, this.#webhook.book].flatMap((book) => book.missing(settled));
			if (missing.length === 0) return;
			if (hub.hasEnded) throw new Error(`the hub ended by itself: ${hub.errors}`);
			if (performance.now() > deadline)
				throw new Error(
					`${missing.length} settled reports have not come within ${catchUpMs / 1000} s, such as ${missing.slice(0, 3).join("; ")}`,
				);
			await pause(100);
		}
	}

	async #auditRunning({ admin }: Running): Promise<void> {
		const answer = await fetch(`${admin}/v1/ledger?audit=1`);
		this.#judge((await answer.json()) as AuditAnswer);
	}

	#judge({ balanced, audited, findings, sentence }: AuditAnswer): void {
		this.summary.audits++;
		if (balanced && audited) return;
		this.fail(`the ledger does not balance: ${sentence} ${JSON.stringify(findings.slice(0, 3))}`);
	}

	#look(): void {
		const { summary } = this;
		this.#archive.read();
		summary.archived = this.#archive.book.effects;
		summary.received = this.#webhook.book.effects;
		summary.repeatedBatches = this.#webhook.repeats;
		summary.riderReadings = this.#riders.readings;
		summary.seconds = Math.round((performance.now() - this.#startedMs) / 1000);
		for (const part of [this.#archive.book, this.#webhook.book, this.#riders]) {
			for (const finding of part.findings.splice(0)) this.fail(finding);
		}
	}

	fail(message: string): void {
		if (this.summary.failed.length < 20) this.summary.failed.push(message);
	}

	/** The last life ends in good order, and then everything is looked at once more from the begin. */
	async finish(): Promise<void> {
		if (this.summary.failed.length > 0) return;
		const hub = this.#spawn();
		await hub.startedInTime();
		await this.#endLoad();
		// The gateway goes on, so what is settled by now is what must have come.
		const { settled } = this.#archive.book;
		await this.#caughtUp(settled, hub);
		await this.#ridersKnow();
		const code = await hub.stop();
		this.#hub = undefined;
		this.#running = undefined;
		if (code !== 0) this.fail(`the last hub stopped with ${code}: ${hub.errors}`);
		this.#look();
		const delivered = this.#auditStopped();
		const whole = new ArchiveReader(join(this.summary.folder, "archive.ndjson"), "archive, read again");
		whole.read();
		for (const finding of whole.book.findings) this.fail(finding);
		const { archived, received } = this.summary;
		if (whole.book.effects !== archived || archived !== delivered("archive"))
			this.fail(
				`archive has ${whole.book.effects} lines, ${archived} were read as they came, and the ledger says ${delivered("archive")}`,
			);
		// A batch whose answer was lost just before the end is there, and not yet known to be.
		if (received < delivered("scheduling"))
			this.fail(`the webhook got ${received} records, and the ledger says ${delivered("scheduling")}`);
	}

	/** The newest report of every sender's vehicles is shown to riders. */
	async #ridersKnow(): Promise<void> {
		const newest = this.#webhook.book.newestOf("pushed");
		const deadline = performance.now() + CATCH_UP_MS;
		const behind = () =>
			[...newest].filter(([vehicle, time]) => (this.#riders.newest(vehicle) ?? 0) * 1000 < Date.parse(time));
		while (behind().length > 0) {
			if (performance.now() > deadline)
				throw new Error(`riders do not see the newest report of ${behind().length} vehicles`);
			if (this.#running) await this.#riders.read(this.#running.url);
			await pause(100);
		}
	}

	/** Answers how many records each sink was delivered, as the ledger says. */
	#auditStopped(): (sink: string) => number {
		const main = this.#options.main ?? join(ROOT, "dist/cli/main.js");
		const words = [main, "ledger", "wayside.yaml", "--audit", "--json"];
		const audit = spawnSync(process.execPath, words, {
			cwd: this.summary.folder,
			encoding: "utf8",
			maxBuffer: 1e9,
		});
		if (!audit.stdout.startsWith("{")) throw new Error(`the ledger cannot be read: ${audit.stderr}`);
		const answer = JSON.parse(audit.stdout) as AuditAnswer;
		this.#judge(answer);
		return (sink) =>
			answer.sums
				.filter(({ step }) => step === `sink:${sink}`)
				.reduce((sum, { posted }) => sum + (posted["delivered"] ?? 0), 0);
	}

	async #endLoad(): Promise<void> {
		this.#stop.abort();
		await Promise.all(this.#work);
		this.#work = [];
	}

	async close(): Promise<void> {
		await this.#endLoad();
		if (this.#hub && !this.#hub.hasEnded) await this.#hub.kill();
		await Promise.all([this.#agency.close(), this.#webhook.close(), this.#runtime.close()]);
		this.summary.seconds = Math.round((performance.now() - this.#startedMs) / 1000);
		if (this.summary.failed.length === 0) rmSync(this.summary.folder, { recursive: true, force: true });
	}
}

interface AuditAnswer {
	readonly balanced: boolean;
	readonly audited: boolean;
	readonly sentence: string;
	readonly findings: readonly unknown[];
	readonly sums: readonly { readonly step: string; readonly posted: Readonly<Record<string, number>> }[];
}
