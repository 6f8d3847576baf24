import {
	type LineageJob,
	type RunCounts,
	type RunEventType,
	runEvent,
	uuidAt,
} from "../channels/lineage-events.js";
import type { HubConfig, OpenLineageConfig } from "../config/config.js";
import { sinkStep } from "../log/ledger.js";
import type { Log } from "../log/log.js";
import { Failure, messageOf } from "../model/failure.js";
import { type DurationMs, type EpochMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { HubStatus, TracesStatus } from "../operations/status.js";
import { createUpstream, type Upstream, type UpstreamOptions } from "../resilience/index.js";
import type { Cancel, Runtime } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";

export interface LineageExportOptions {
	readonly config: OpenLineageConfig;
	readonly log: Pick<Log, "ledgerSums">;
	readonly runtime: Pick<Runtime, "clock" | "chance" | "http">;
	readonly version: string;
	/** As they stand: a reload may change them. */
	readonly routes: () => HubConfig["routes"];
	/** How the breaker persists and tells. */
	readonly upstream: Pick<UpstreamOptions, "persist" | "onEvent">;
	/** Told when nothing arrives any more, and when it does again. */
	readonly onNews: (level: "info" | "warn", code: string, message: string) => void;
}

interface Run extends LineageJob {
	readonly runId: string;
	/** What the ledger said last. Undefined: it was not asked yet, or could not be. */
	ledger: RunCounts | undefined;
	appended: number;
	delivered: number;
	/** By the monotonic clock. */
	toldTime: DurationMs;
}

/** Shorter troubles are no end of a run: upstreams stumble. */
const TROUBLE_MS: DurationMs = MINUTE_MS;
const QUEUE_MAX = 1000;
const ATTEMPT_MS: DurationMs = 10 * SECOND_MS;
const JOB_MS: DurationMs = 30 * SECOND_MS;
const ANSWER_MAX_BYTES = 64 * 1024;
/** A hub that stops waits no longer for a receiver. */
const LAST_MS: DurationMs = 2 * SECOND_MS;

/**
 * Tells a receiver of OpenLineage of each feed and sink that a route joins: a run begins with the hub or after a failure,
 * is told of now and then, fails when the feed is down or the sink held, and completes with the hub or its route. Nobody
 * waits for it. Events stay in order; while the receiver cannot be reached they wait, and the oldest go when they are too
 * many.
 */
export class LineageExport {
	readonly upstream: Upstream;
	readonly #options: LineageExportOptions;
	readonly #stop = new AbortController();
	readonly #runs = new Map<string, Run>();
	readonly #failed = new Set<string>();
	#waiting: string[] = [];
	#looking: Promise<void> | undefined;
	#sending: Promise<void> | undefined;
	#sent = 0;
	#dropped = 0;
	#failure: { readonly time: EpochMs; readonly code: string; readonly message: string } | undefined;

	constructor(options: LineageExportOptions) {
		this.#options = options;
		this.upstream = createUpstream(
			"openlineage",
			{
				fallback: false,
				timeout: { attemptMs: ATTEMPT_MS, jobMs: JOB_MS },
				bulkhead: { limit: 1, queueMax: 1 },
				...options.upstream,
			},
			options.runtime,
		);
	}

	/** Called with every look at the hub. */
	look(hub: Pick<HubStatus, "feeds" | "sinks" | "time">): void {
		if (this.#stop.signal.aborted || this.#looking !== undefined) return;
		this.#looking = this.#judge(hub).finally(() => {
			this.#looking = undefined;
			this.#pump();
		});
	}

	/** Completes every run, for as long as a receiver may hold up the end. */
	async close(): Promise<void> {
		if (this.#stop.signal.aborted) return;
		const { clock } = this.#options.runtime;
		const stop = () => this.#stop.abort(new Failure("closed", "The hub stops"));
		let giveUp: Cancel = () => undefined;
		const late = new Promise<void>((resolve) => {
			giveUp = clock.after(LAST_MS, resolve);
		});
		await Promise.race([this.#finish(), late]);
		giveUp();
		stop();
		await this.#sending;
		await this.upstream.dispose();
	}

	status(): TracesStatus {
		const failure = this.#failure;
		const place = new URL(this.#options.config.url).host;
		return {
			exported: this.#sent,
			dropped: this.#dropped,
			waiting: this.#waiting.length,
			sentence:
				failure === undefined
					? `Events of OpenLineage go to ${place}.`
					: `Events of OpenLineage do not arrive at ${place} (${failure.message}): lineage there is not up to date, and nothing else is missing.`,
			failure,
		};
	}

	async #judge({ feeds, sinks, time }: Pick<HubStatus, "feeds" | "sinks" | "time">): Promise<void> {
		const { routes, runtime, config } = this.#options;
		const jobs = jobsOf(routes());
		const troubleOf = ({ feed, sink }: LineageJob) => {
			const one = feeds.find(({ name }) => name === feed);
			const other = sinks.find(({ name }) => name === sink);
			if (one?.state === "down") return { ...one, isLong: time - one.since >= TROUBLE_MS };
			return other?.state === "held" ? { ...other, isLong: time - other.since >= TROUBLE_MS } : undefined;
		};
		const now = runtime.clock.monotonic();
		const due: { readonly run: Run; readonly type: RunEventType; readonly message?: string }[] = [];
		for (const [key, run] of this.#runs) {
			const trouble = troubleOf(run);
			if (!jobs.has(key)) due.push({ run, type: "COMPLETE" });
			else if (trouble?.isLong) due.push({ run, type: "FAIL", message: trouble.sentence });
			else if (now - run.toldTime >= config.everyMs) due.push({ run, type: "RUNNING" });
		}
		const begun = [...jobs].filter(
			([key, job]) => !this.#runs.has(key) && !(this.#failed.has(key) && troubleOf(job) !== undefined),
		);
		for (const key of this.#failed) if (!jobs.has(key)) this.#failed.delete(key);
		if (due.length + begun.length === 0) return;
		const ledger = await this.#ledger();
		for (const { run, type, message } of due) {
			this.#tell(run, type, time, ledger, message);
			if (type === "RUNNING") continue;
			this.#runs.delete(keyOf(run));
			if (type === "FAIL") this.#failed.add(keyOf(run));
		}
		for (const [key, job] of begun) {
			const runId = uuidAt(time, runtime.chance.bytes(10));
			const run: Run = { ...job, runId, ledger: undefined, appended: 0, delivered: 0, toldTime: now };
			this.#runs.set(key, run);
			this.#failed.delete(key);
			this.#tell(run, "START", time, ledger);
		}
	}

	#tell(
		run: Run,
		type: RunEventType,
		time: EpochMs,
		ledger: ReadonlyMap<string, number> | undefined,
		message?: string,
	): void {
		const { config, version, runtime } = this.#options;
		if (ledger !== undefined) count(run, ledger);
		run.toldTime = runtime.clock.monotonic();
		const { feed, sink, runId, appended, delivered } = run;
		const counts = type === "START" || run.ledger === undefined ? undefined : { appended, delivered };
		const { namespace } = config;
		this.#waiting.push(runEvent({ type, time, runId, namespace, version, feed, sink, counts, message }));
		const tooMany = this.#waiting.length - QUEUE_MAX;
		if (tooMany <= 0) return;
		this.#waiting.splice(0, tooMany);
		this.#dropped += tooMany;
	}

	/** Undefined: the store does not say; the event is told without counts rather than not at all. */
	async #ledger(): Promise<ReadonlyMap<string, number> | undefined> {
		try {
			const sums = new Map<string, number>();
			for (const { step, feed, outcome, count: n } of await this.#options.log.ledgerSums()) {
				const key = `${step} ${feed} ${outcome}`;
				sums.set(key, (sums.get(key) ?? 0) + n);
			}
			return sums;
		} catch (thrown) {
			this.#options.onNews("warn", "openlineage.uncounted", `Events without counts: ${messageOf(thrown)}`);
			return undefined;
		}
	}

	async #finish(): Promise<void> {
		await this.#looking;
		if (this.#runs.size > 0) {
			const ledger = await this.#ledger();
			const time = this.#options.runtime.clock.now();
			for (const run of this.#runs.values()) this.#tell(run, "COMPLETE", time, ledger);
			this.#runs.clear();
		}
		await this.#sending;
		this.#pump();
		await this.#sending;
	}

	#pump(): void {
		this.#sending ??= this.#flush().finally(() => {
			this.#sending = undefined;
		});
	}

	async #flush(): Promise<void> {
		while (!this.#stop.signal.aborted) {
			const { blockedBy } = this.upstream.status();
			const [body] = this.#waiting;
			if (body === undefined || blockedBy === "open" || blockedBy === "gate") return;
			const outcome = await this.#send(body);
			if (outcome === "unsent") return;
			// It may have gone meanwhile, since too many waited.
			if (this.#waiting[0] === body) this.#waiting.shift();
			if (outcome === "refused") this.#dropped++;
		}
	}

	/** Never rejects: the pipeline is not to be troubled by whoever draws pictures of it. */
	async #send(body: string): Promise<"sent" | "refused" | "unsent"> {
		const { config, runtime, onNews } = this.#options;
		try {
			await this.upstream.execute(
				async ({ signal }) => {
					const response = await runtime.http.request({
						method: "POST",
						url: config.url,
						headers: { ...config.headers, "content-type": "application/json", "user-agent": "wayside" },
						body,
						signal,
						connectTimeoutMs: ATTEMPT_MS,
						headersTimeoutMs: ATTEMPT_MS,
						bodyTimeoutMs: ATTEMPT_MS,
						bodyMaxBytes: ANSWER_MAX_BYTES,
					});
					throwFor(response.status);
				},
				{ signal: this.#stop.signal },
			);
			this.#sent++;
			if (this.#failure !== undefined)
				onNews("info", "openlineage.arrive", "Events of OpenLineage arrive again");
			this.#failure = undefined;
			return "sent";
		} catch (thrown) {
			const isNews = this.#failure === undefined;
			const code = thrown instanceof Failure ? thrown.code : "bug";
			this.#failure = { time: runtime.clock.now(), code, message: messageOf(thrown) };
			if (isNews && !this.#stop.signal.aborted) onNews("warn", "openlineage.unsent", this.status().sentence);
			return code === "http.rejected" || code === "bug" ? "refused" : "unsent";
		}
	}
}

/** Undefined: the configuration names no receiver. */
export function lineageOf(
	config: HubConfig,
	options: Pick<LineageExportOptions, "log" | "runtime" | "version" | "routes">,
	{ remembering, onEvent }: Pick<Materials, "remembering" | "onEvent">,
): LineageExport | undefined {
	return (
		config.openLineage &&
		new LineageExport({
			...options,
			config: config.openLineage,
			upstream: remembering("openlineage"),
			onNews: (level, code, message) => onEvent("openlineage", level, code, message),
		})
	);
}

function keyOf({ feed, sink }: LineageJob): string {
	return `${feed} ${sink}`;
}

/** Several routes may join the same two. */
function jobsOf(routes: HubConfig["routes"]): ReadonlyMap<string, LineageJob> {
	const jobs = routes.flatMap(({ from, to }) => to.map((sink): LineageJob => ({ feed: from, sink })));
	return new Map(jobs.map((job) => [keyOf(job), job]));
}

/** What the ledger has more than at the last look; the accounts that retention took away meanwhile take nothing back. */
function count(run: Run, ledger: ReadonlyMap<string, number>): void {
	const of = (step: string, outcome: string) => ledger.get(`${step} ${run.feed} ${outcome}`) ?? 0;
	const step = sinkStep(run.sink);
	const now = {
		appended: of("admit", "appended"),
		delivered: of(step, "delivered") + of(step, "replayed"),
	};
	if (run.ledger !== undefined) {
		run.appended += Math.max(0, now.appended - run.ledger.appended);
		run.delivered += Math.max(0, now.delivered - run.ledger.delivered);
	}
	run.ledger = now;
}

/** A receiver that struggles is asked again; what it will never take is dropped. */
function throwFor(status: number): void {
	if (status >= 200 && status < 300) return;
	if (status === 408 || status === 429 || status >= 500)
		throw new Failure("http.transient", `the receiver answered ${status}`);
	const isKey = status === 401 || status === 403;
	const mend = isKey
		? "check telemetry.openlineage.authorization"
		: "check telemetry.openlineage.url: for Marquez it ends in /api/v1/lineage";
	throw new Failure(
		isKey ? "http.unauthorized" : "http.rejected",
		`the receiver answered ${status}; ${mend}`,
	);
}
