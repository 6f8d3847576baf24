import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tellStory, troubleFrom, type World } from "../examples/sync-job.js";
import { createAgency } from "../src/simulation/agency.js";
import { createWireHttp, type WireHandler } from "../src/simulation/gateway-http.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";

/** The story in virtual time, against the gateway that the program serves on a port. */
function createWorld(stop = new AbortController()) {
	const virtual = createVirtualRuntime({ seed: 3 });
	const { clock, chance } = virtual.runtime;
	const start = clock.monotonic();
	const troubled = createAgency({ clock, faults: troubleFrom(clock.now()) }).gateway;
	const calm = createAgency({ clock, faults: "none", seed: 8 }).gateway;
	/** When the troubled gateway was asked, in milliseconds since the story began. */
	const asked: number[] = [];
	const watched: WireHandler = {
		handle: (request) => troubled.handle(request),
		accepts() {
			asked.push(clock.monotonic() - start);
			return troubled.accepts();
		},
	};
	const lines: { readonly at: number; readonly text: string }[] = [];
	const path = "/gtfs-rt/vehicle-positions.pb?fleet=tram";
	const world: World = {
		clock,
		chance,
		http: createWireHttp({ troubled: watched, calm }, clock),
		gateways: { troubled: `http://troubled${path}`, calm: `http://calm${path}` },
		say: (line) => lines.push({ at: clock.monotonic() - start, text: line.slice(9) }),
		signal: stop.signal,
	};
	/** The whole story, or as much of it as fits. */
	const tell = async (limitMs: number) => {
		let result: boolean | undefined;
		void tellStory(world).then((isWell) => {
			result = isWell;
		});
		while (result === undefined && clock.monotonic() - start < limitMs) await virtual.advance(50);
		return result;
	};
	return { virtual, lines, asked, tell, world };
}

describe("examples/sync-job.ts in virtual time", () => {
	it("retries through spikes, trips, serves labelled stale copies, and recovers by itself", async () => {
		const { virtual, lines, asked, tell } = createWorld();
		expect(await tell(60_000)).toBe(true);
		const during = (from: number, to: number, pattern: RegExp) =>
			lines.filter(({ at, text }) => at >= from && at < to && pattern.test(text));

		expect(during(0, 3_000, /^FRESH .*\(1 attempt\)$/)).toHaveLength(3);
		// Spikes: cut after the attempt's time-out, tried again after a delay from jitter, and answered all the same.
		expect(
			during(3_000, 10_000, /attempt \d failed after 0\.7 s \(transient, timeout\)/).length,
		).toBeGreaterThan(1);
		expect(during(3_000, 10_000, /goes out in \d\.\d s \(backoff and jitter\)/).length).toBeGreaterThan(1);
		expect(during(3_000, 10_000, /^FRESH .*\([234] attempts\)$/).length).toBeGreaterThan(0);

		const opens = lines.filter(({ text }) => text.includes("the breaker OPENS"));
		const halfOpens = lines.filter(({ text }) => text.includes("HALF-OPEN"));
		const [closed] = lines.filter(({ text }) => text.includes("the breaker CLOSES"));
		expect(opens[0]?.text).toContain("consecutive_failures");
		expect(opens.length).toBeGreaterThan(1);
		expect(halfOpens.length).toBe(opens.length);
		for (const [at, open] of opens.entries()) {
			const until = halfOpens[at]?.at ?? 0;
			expect(asked.filter((time) => time > open.at && time < until)).toEqual([]);
			const ages = during(open.at, until, /^STALE/).map(
				({ text }) => / (\d+\.\d) s ago, because: open/.exec(text)?.[1],
			);
			expect(ages.length).toBeGreaterThan(1);
			expect(ages.map(Number)).toEqual([...ages.map(Number)].sort((a, b) => a - b));
			expect(new Set(ages).size).toBe(ages.length);
		}
		expect(closed?.text).toContain("probes_succeeded");
		expect(during(closed?.at ?? 0, 60_000, /^FRESH/)).toHaveLength(3);
		expect(during(closed?.at ?? 0, 60_000, /^STALE/)).toHaveLength(0);

		const [, neighbour] = /noticed nothing: (\d+ of \d+) answers fresh/.exec(lines.at(-1)?.text ?? "") ?? [];
		const [fresh, all] = (neighbour ?? "").split(" of ");
		expect(fresh).toBe(all);
		expect(Number(all)).toBeGreaterThan(15);
		expect(virtual.pendingRefTimers()).toBe(0);
	});

	it("is the same story every time", async () => {
		const [first, second] = [createWorld(), createWorld()];
		await first.tell(60_000);
		await second.tell(60_000);
		expect(first.lines).toEqual(second.lines);
	});

	it.each([2_500, 5_200, 13_000])("stops at once after %i ms, and leaves nothing behind", async (ms) => {
		const stop = new AbortController();
		const { virtual, lines, asked, tell } = createWorld(stop);
		expect(await tell(ms)).toBeUndefined();
		const sent = asked.length;
		stop.abort(new Error("enough"));
		await virtual.settle();
		expect(lines.at(-1)?.text).toBe("Stopped.");
		await virtual.advance(30_000);
		expect(asked).toHaveLength(sent);
		expect(virtual.pendingTimers()).toBe(0);
	});

	it("says so when the gateway does not come back", async () => {
		const { virtual, lines, tell, world } = createWorld();
		const down = { request: () => Promise.reject(new Error("gone")) };
		Object.assign(world, { http: down });
		expect(await tell(200_000)).toBe(false);
		expect(lines.at(-2)?.text).toBe("0 answers were stale, and labelled as such.");
		expect(virtual.pendingRefTimers()).toBe(0);
	});
});

const children: ChildProcess[] = [];

afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** `npm run example:sync-job -- WORDS`, without npm. */
function example(...words: string[]) {
	const root = fileURLToPath(new URL("..", import.meta.url));
	const child = spawn(process.execPath, ["--import", "tsx", "examples/sync-job.ts", ...words], {
		cwd: root,
		stdio: ["ignore", "pipe", "pipe"],
	});
	children.push(child);
	const seen = { out: "", err: "" };
	child.stdout.on("data", (chunk: Buffer) => {
		seen.out += chunk.toString();
	});
	child.stderr.on("data", (chunk: Buffer) => {
		seen.err += chunk.toString();
	});
	const ended = new Promise<number | string>((resolve) => {
		child.on("close", (code, signal) => resolve(code ?? signal ?? "?"));
	});
	return { child, seen, ended };
}

describe("examples/sync-job.ts as a process", () => {
	// Its time-outs are those of a real clock, which a machine that is busy elsewhere can miss.
	it("tells its story over real sockets and ends by itself", { retry: 2 }, async () => {
		const { seen, ended } = example("--speed", "2");
		expect(await ended).toBe(0);
		expect(seen.err).toBe("");
		for (const word of ["FRESH", "OPENS", "STALE", "HALF-OPEN", "CLOSES", "trams as of"]) {
			expect(seen.out).toContain(word);
		}
	});

	it("ends on Ctrl-C, explains itself, and refuses what it does not know", async () => {
		const running = example();
		await vi.waitFor(() => expect(running.seen.out).toContain("FRESH"), { timeout: 15_000, interval: 20 });
		running.child.kill("SIGINT");
		expect(await running.ended).toBe(0);
		expect(running.seen.out).toContain("Stopped.");

		const help = example("--help");
		expect(await help.ended).toBe(0);
		expect(help.seen.out).toContain("Example: npm run example:sync-job -- --speed 3");
		const wrong = example("--speed", "fast");
		expect(await wrong.ended).toBe(2);
		expect(wrong.seen.err).toContain("--speed is fast; 0.1 to 20 is possible");
		const unknown = example("--spede");
		expect(await unknown.ended).toBe(2);
		expect(unknown.seen.err).toContain("--spede");
	});
});
