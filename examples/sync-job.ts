// The whole story of `syncJob` in about 15 seconds: a vehicle feed with latency spikes, an outage, and its recovery.
// Run it with `npm run example:sync-job`. The gateway below stands for somebody else's AVL server.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createHttpJudge, createUpstream, type ResilienceEvent } from "../src/resilience/index.js";

type Mood = "healthy" | "spikes" | "down";

let mood: Mood = "healthy";
let requests = 0;
let answers = 0;
const start = performance.now();

function say(text: string): void {
	const seconds = ((performance.now() - start) / 1_000).toFixed(1).padStart(5);
	process.stdout.write(`${seconds} s  ${text}\n`);
}

// --- Somebody else's gateway --------------------------------------------------------------------------------------

const gateway = createServer(async (_request, response) => {
	requests += 1;
	if (mood === "down") {
		response.writeHead(503, { "content-type": "text/plain" }).end("maintenance");
		return;
	}
	// Two of three answers hang for longer than anybody should wait.
	if (mood === "spikes" && requests % 3 !== 0) await wait(3_000, undefined, { ref: false });
	answers += 1;
	response.writeHead(200, { "content-type": "application/json" });
	response.end(
		JSON.stringify({ vehicles: [{ id: "4012", latitude: 41.88 + answers / 1_000, longitude: -87.63 }] }),
	);
});
gateway.listen(0, "127.0.0.1");
await new Promise((resolve) => gateway.once("listening", resolve));
const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/vehicles`;

// --- The job ------------------------------------------------------------------------------------------------------

interface Positions {
	readonly vehicles: readonly {
		readonly id: string;
		readonly latitude: number;
		readonly longitude: number;
	}[];
}

function tell(event: ResilienceEvent): void {
	if (event.type === "retry_scheduled") {
		say(
			`  attempt ${event.attempt - 1} failed; the next one goes out in ${Math.round(event.delayMs)} ms (jitter)`,
		);
	} else if (event.type === "transition" && event.to === "open") {
		say(
			`  the breaker OPENS for ${Math.round(event.openForMs ?? 0)} ms (${event.reason}): nothing is sent meanwhile`,
		);
	} else if (event.type === "transition" && event.to === "half_open") {
		say("  the breaker is half-open: one probe decides");
	} else if (event.type === "transition") say(`  the breaker CLOSES (${event.reason})`);
}

const upstream = createUpstream("metro-avl", {
	timeout: { attemptMs: 400, jobMs: 4_000 },
	retry: { maxRetries: 3, baseMs: 100, capMs: 1_000 },
	breaker: { threshold: 5, openMs: 1_500 },
	onEvent: tell,
});

const judge = createHttpJudge(() => Date.now());
const shutdown = new AbortController();

async function poll(): Promise<void> {
	const result = await upstream.syncJob<Positions>(
		"positions",
		async ({ signal }) => {
			const response = await fetch(url, { signal });
			const verdict = judge(response);
			// A status is no exception to fetch. Thrown, it is classified with everything else that goes wrong.
			if (verdict !== "success") throw Object.assign(new Error(`status ${response.status}`), { response });
			return (await response.json()) as Positions;
		},
		{ signal: shutdown.signal },
	);
	if (result.state === "fresh") {
		say(
			`FRESH        vehicle 4012 at ${result.value.vehicles[0]?.latitude.toFixed(3)} (${result.attempts} attempts)`,
		);
	} else if (result.state === "stale") {
		const again = Math.max(0, (result.nextAttemptAt ?? Date.now()) - Date.now());
		say(
			`STALE        vehicle 4012 at ${result.value.vehicles[0]?.latitude.toFixed(3)}, ${(result.ageMs / 1_000).toFixed(1)} s old, because: ${result.reason}; asked again in ${again} ms at the earliest`,
		);
	} else say(`UNAVAILABLE  ${result.reason}`);
}

async function pollFor(seconds: number): Promise<void> {
	const end = performance.now() + seconds * 1_000;
	while (performance.now() < end) {
		await poll();
		await wait(500);
	}
}

say("The gateway is healthy. A job asks it twice a second.");
await pollFor(1.5);

mood = "spikes";
say("Now two of three answers hang for three seconds. Attempts are cut after 400 ms and tried again.");
await pollFor(4);

mood = "down";
const before = requests;
say(
	"Now the gateway is down. Retries, then the breaker; the job goes on with what it knows, and says how old it is.",
);
await pollFor(4.5);
say(`  in that time the gateway was asked ${requests - before} times`);

mood = "healthy";
say("The gateway is back. Nobody restarts anything.");
while (upstream.status().state !== "closed") {
	await poll();
	await wait(500);
}
await pollFor(1);

const { counters } = upstream.status();
say(
	`Done: ${counters.attempts} attempts, ${counters.retries} retries, opened ${counters.opened} times, ${counters.staleServed} stale answers, all of them labelled.`,
);
shutdown.abort();
await upstream.dispose();
gateway.closeAllConnections();
gateway.close();
