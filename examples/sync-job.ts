// The whole story of `syncJob` in under half a minute: a vehicle feed with latency spikes, an outage, and its recovery.
// `npm run example:sync-job` runs it against the simulated gateway of this project, over real sockets.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { readFeedMessage } from "../src/formats/gtfs-realtime-read.js";
import { messageOf } from "../src/model/failure.js";
import {
	createUpstream,
	type ResilienceEvent,
	type SyncResult,
	type Upstream,
} from "../src/resilience/index.js";
import type { Http } from "../src/runtime/http.js";
import { nodeChance, nodeClock } from "../src/runtime/node-clock.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { type Chance, type Clock, sleep } from "../src/runtime/runtime.js";
import type { Episode } from "../src/simulation/gateway-faults.js";
import { serveAgency } from "../src/simulation/serve.js";

// --- The job ------------------------------------------------------------------------------------------------------

/** What the gateway knows. */
interface Snapshot {
	/** When it was made, in the gateway's own words. */
	readonly asOf: number;
	readonly trams: readonly string[];
}

/** Breaker, places, budgets and gate of one gateway. Two of these have nothing in common. */
function createGatewayUpstream(
	name: string,
	world: World,
	onEvent: (event: ResilienceEvent) => void,
): Upstream {
	return createUpstream(
		name,
		{
			timeout: { attemptMs: 700, jobMs: 5_000 },
			retry: { maxRetries: 3, baseMs: 150, capMs: 1_000 },
			breaker: { threshold: 5, openMs: 2_000 },
			onEvent,
		},
		world,
	);
}

/** The trams of now, or those that were known last: `state` says which. */
function syncTrams(upstream: Upstream, url: string, world: World): Promise<SyncResult<Snapshot>> {
	return upstream.syncJob(
		"trams",
		async ({ signal, addBytes }) => {
			const response = await world.http.request({ method: "GET", url, signal });
			addBytes(response.wireBytes);
			const { status, headers, body } = response;
			// A status is no exception to an HTTP client. Thrown, it is classified with everything else that goes wrong.
			if (status !== 200) throw Object.assign(new Error(`status ${status}`), { status, headers });
			return readSnapshot(body);
		},
		{ signal: world.signal },
	);
}

/** What cannot be read is an answer that cannot be valid: it counts against the gateway, and is not asked for again. */
function readSnapshot(body: Uint8Array): Snapshot {
	const { header, entities, failure } = readFeedMessage(body);
	if (failure !== undefined || header?.timestamp === undefined) {
		throw new SyntaxError(failure?.message ?? "the answer has no timestamp");
	}
	const trams = entities.flatMap((entity) => ("id" in entity && entity.id !== undefined ? [entity.id] : []));
	return { asOf: header.timestamp * 1_000, trams };
}

// --- The story ----------------------------------------------------------------------------------------------------

/** Everything that the story needs of the world: the machine's when it is run, a virtual one when it is tested. */
export interface World {
	readonly clock: Clock;
	readonly chance: Chance;
	readonly http: Http;
	/** The gateway that gets into trouble, and one that does not. */
	readonly gateways: { readonly troubled: string; readonly calm: string };
	readonly say: (line: string) => void;
	readonly signal: AbortSignal;
}

const POLL_EVERY_MS = 1_000;
/** After this long it should have recovered many times over. */
const GIVE_UP_MS = 90_000;
const SPIKES_AT_MS = 3_000;
const SPIKE_EVERY_MS = 1_800;
const SPIKE_MS = 900;
const OUTAGE_AT_MS = 10_000;
const RECOVERY_AT_MS = 18_000;
const POLLS_AFTER_RECOVERY = 3;

const CHAPTERS = [
	{ atMs: 0, text: "The gateway is healthy. A job asks it every second for its trams." },
	{
		atMs: SPIKES_AT_MS,
		text: "Latency spikes: now and then answers take seconds. Attempts are cut after 0.7 s and tried again.",
	},
	{
		atMs: OUTAGE_AT_MS,
		text: "The gateway is down. The job goes on with what it knows, and says how old that is.",
	},
	{ atMs: RECOVERY_AT_MS, text: "The gateway is back. Nobody restarts anything." },
];

/** The trouble of the gateway in a story that begins at that time. */
export function troubleFrom(startTime: number): readonly Episode[] {
	const episodes: Episode[] = [];
	for (let atMs = SPIKES_AT_MS; atMs < OUTAGE_AT_MS; atMs += SPIKE_EVERY_MS) {
		const at = startTime + atMs;
		episodes.push({ fault: "slow", startTime: at, endTime: at + SPIKE_MS, share: 1 });
	}
	const [startsAt, endsAt] = [startTime + OUTAGE_AT_MS, startTime + RECOVERY_AT_MS];
	return [...episodes, { fault: "refuse", startTime: startsAt, endTime: endsAt, share: 1 }];
}

/** Tells the story from now on; true when the job has recovered by itself, as it should. */
export async function tellStory(world: World): Promise<boolean> {
	const { clock, gateways, signal } = world;
	const start = clock.monotonic();
	const elapsed = () => clock.monotonic() - start;
	const say = (text: string) => world.say(`${seconds(elapsed()).padStart(5)} s  ${text}`);
	const upstream = createGatewayUpstream("metro", world, (event) => tellEvent(event, say));
	const neighbour = createGatewayUpstream("harbor", world, () => {});
	const chapters = CHAPTERS.map(({ atMs, text }) => clock.after(atMs, () => say(text)));
	let pollsAfter = 0;
	let calmPolls = 0;
	let calmFresh = 0;
	try {
		while (pollsAfter < POLLS_AFTER_RECOVERY && elapsed() < GIVE_UP_MS) {
			const [trams, boats] = await Promise.all([
				syncTrams(upstream, gateways.troubled, world),
				syncTrams(neighbour, gateways.calm, world),
			]);
			tellResult(trams, clock.now(), say);
			calmPolls += 1;
			if (boats.state === "fresh") calmFresh += 1;
			if (elapsed() > RECOVERY_AT_MS && trams.state === "fresh") pollsAfter += 1;
			await sleep(clock, POLL_EVERY_MS, signal);
		}
		const { attempts, retries, opened, refusedOpen, staleServed } = upstream.status().counters;
		say(
			`${attempts} attempts, ${retries} of them retries. The breaker opened ${opened} times; ${refusedOpen} jobs sent nothing because of it.`,
		);
		say(`${staleServed} answers were stale, and labelled as such.`);
		say(
			`The same job at another agency's gateway noticed nothing: ${calmFresh} of ${calmPolls} answers fresh.`,
		);
		return pollsAfter >= POLLS_AFTER_RECOVERY && upstream.status().state === "closed";
	} catch (thrown) {
		if (!signal.aborted) throw thrown;
		say("Stopped.");
		return true;
	} finally {
		for (const cancel of chapters) cancel();
		await Promise.all([upstream.dispose(), neighbour.dispose()]);
	}
}

function tellEvent(event: ResilienceEvent, say: (text: string) => void): void {
	if (event.type === "attempt_end" && event.outcome !== "success") {
		const kind = event.note === undefined ? event.outcome : `${event.outcome}, ${event.note}`;
		say(`  attempt ${event.attempt} failed after ${seconds(event.ms)} s (${kind})`);
	} else if (event.type === "retry_scheduled") {
		say(`  attempt ${event.attempt} goes out in ${seconds(event.delayMs)} s (backoff and jitter)`);
	} else if (event.type === "retry_denied") say(`  no further attempt: ${event.reason}`);
	else if (event.type === "transition" && event.to === "open") {
		say(
			`  the breaker OPENS for ${seconds(event.openForMs ?? 0)} s (${event.reason}); nothing is sent meanwhile`,
		);
	} else if (event.type === "transition" && event.to === "half_open") {
		say("  the breaker is HALF-OPEN: one probe decides");
	} else if (event.type === "transition") say(`  the breaker CLOSES (${event.reason})`);
}

function tellResult(result: SyncResult<Snapshot>, now: number, say: (text: string) => void): void {
	if (result.state === "unavailable") {
		say(`UNAVAILABLE  because: ${result.reason}`);
		return;
	}
	const { asOf, trams } = result.value;
	const what = `${trams.length} trams as of ${new Date(asOf).toISOString().slice(11, 19)} UTC`;
	if (result.state === "fresh") {
		say(`FRESH  ${what} (${result.attempts} attempt${result.attempts === 1 ? "" : "s"})`);
		return;
	}
	const waitMs = Math.max(0, (result.nextAttemptAt ?? now) - now);
	const next = waitMs === 0 ? "the next call may ask" : `nobody asks for another ${seconds(waitMs)} s`;
	say(`STALE  ${what}, fetched ${seconds(result.ageMs)} s ago, because: ${result.reason}; ${next}`);
}

function seconds(ms: number): string {
	return (ms / 1_000).toFixed(1);
}

// --- Run by hand --------------------------------------------------------------------------------------------------

const HELP = `Shows a syncJob against a gateway that has latency spikes, breaks down and comes back.

Usage: npm run example:sync-job -- [--speed N]

  --speed N  N times as fast, 0.1 to 20. Default 1: about 25 seconds.
  --help     This text.

Example: npm run example:sync-job -- --speed 3
It ends by itself, with 0 when the job recovered and 1 when it did not. Ctrl-C stops it.
`;

/** The machine's clock, so many times as fast. */
function clockAtSpeed(speed: number): Clock {
	const begin = nodeClock.now();
	return {
		now: () => Math.floor(begin + (nodeClock.now() - begin) * speed),
		monotonic: () => nodeClock.monotonic() * speed,
		after: (delay, run, options) => nodeClock.after(delay / speed, run, options),
	};
}

async function runByHand(speed: number): Promise<boolean> {
	const clock = clockAtSpeed(speed);
	const stop = new AbortController();
	const onSignal = () => stop.abort(new Error("stopped by a person"));
	process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
	// Whoever reads may have seen enough (`| head`): then nobody is left to tell it to.
	process.stdout.on("error", onSignal);
	const runtime = createNodeRuntime({ network: { proxy: "none" } });
	const troubled = await serveAgency({ clock, faults: troubleFrom(clock.now()) });
	const calm = await serveAgency({ clock, faults: "none", seed: 8 });
	const loopDelay = monitorEventLoopDelay({ resolution: 1 });
	const path = "/gtfs-rt/vehicle-positions.pb?fleet=tram";
	loopDelay.enable();
	try {
		const isWell = await tellStory({
			clock,
			chance: nodeChance,
			http: runtime.http,
			gateways: { troubled: troubled.url + path, calm: calm.url + path },
			say: (line) => process.stdout.write(`${line}\n`),
			signal: stop.signal,
		});
		const heldMs = (loopDelay.percentile(99) / 1_000_000).toFixed(0);
		process.stdout.write(
			`Both gateways and all jobs ran in this process: 99 of 100 turns of its event loop came within ${heldMs} ms.\n`,
		);
		return isWell;
	} finally {
		loopDelay.disable();
		await Promise.all([troubled.close(), calm.close(), runtime.close()]);
		process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
	}
}

async function main(): Promise<number> {
	let speed: number;
	try {
		const { values } = parseArgs({ options: { speed: { type: "string" }, help: { type: "boolean" } } });
		if (values.help) {
			process.stdout.write(HELP);
			return 0;
		}
		speed = Number(values.speed ?? 1);
		if (!(speed >= 0.1 && speed <= 20))
			throw new RangeError(`--speed is ${values.speed}; 0.1 to 20 is possible`);
	} catch (thrown) {
		process.stderr.write(`${messageOf(thrown)}\n\n${HELP}`);
		return 2;
	}
	return (await runByHand(speed)) ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main();
