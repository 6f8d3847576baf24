import { afterEach, describe, expect, it } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import { SLO_DEFAULT } from "../model/slo.js";
import { SloBook } from "../operations/slo.js";
import type { FeedStatus, HubStatus } from "../operations/status.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";
import { statusLines } from "./status-table.js";

const TIME = 1_795_000_000_000;

const FEED: FeedStatus = {
	name: "metro-avl",
	agency: "metro",
	state: "running",
	sentence: "Frames come as expected.",
	since: TIME - 7_200_000,
	lastFrameTime: TIME,
	ageMs: 12_000,
	purgeHeadroomMs: 800_000,
	gaps: { countedReports: 0, estimatedReports: 0, last: undefined },
	frames: 100,
	records: 1234,
	removals: 0,
	duplicates: 0,
	deadLetters: 2,
	late: 0,
	breaker: "closed",
	upstreams: [],
};

const STATUS: HubStatus = {
	version: "1.2.3",
	startedTime: TIME - 7_200_000,
	time: TIME,
	ready: true,
	sentence: "The hub takes in data and serves it.",
	feeds: [FEED],
	sinks: [
		{
			name: "archive",
			type: "ndjson-file",
			state: "held",
			sentence: "The destination refuses us.",
			since: TIME - 60_000,
			lagEntries: 40,
			lagAgeMs: 61_000,
			delivered: 1000,
			deadLetters: 0,
			cursorless: 0,
			facts: {},
		},
	],
	quotas: [
		{ name: "key", limit: 1000, used: 10, reserve: 0, resetTime: TIME + 60_000, closedUntil: undefined },
	],
	store: {
		state: "ok",
		sentence: "It takes more.",
		topics: [{ topic: "records", entries: 1, bytes: 2048 }],
		freeBytes: 4e9,
	},
	ledger: { balanced: true, checkedTime: TIME, sentence: "Every account adds up." },
	alerts: [
		{
			alert: "sink-held",
			severity: "page",
			subject: "sink:archive",
			since: TIME - 60_000,
			toldTime: TIME,
			what: "Sink archive is held.",
			affected: "",
			riders: "Nothing of it.",
			evidence: "It was seen.",
			done: "",
			todo: "",
			runbook: "docs/runbooks/sink-held.md",
		},
	],
};

const plain = { paint: (_tone: string, text: string) => text };
const open: Gateway[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

async function hub(status: () => HubStatus): Promise<Gateway> {
	const listener = { host: "127.0.0.1", port: 0 };
	const gateway = await openGateway({
		hub: { endpoints: [], tap: () => () => undefined, upstreams: () => new Map(), status },
		http: {
			publicUrl: undefined,
			basePath: "",
			trustProxy: [],
			public: listener,
			admin: { ...listener, token: undefined },
		},
		clock: nodeClock,
	} as Parameters<typeof openGateway>[0]);
	open.push(gateway);
	return gateway;
}

async function cli(words: readonly string[], onLine: (stop: () => void) => void = () => undefined) {
	const out: string[] = [];
	const err: string[] = [];
	let stop: () => void = () => undefined;
	const runtime = createNodeRuntime();
	const code = await runCli(words, {
		terminal: {
			environment: {},
			out: (line) => {
				out.push(line);
				onLine(stop);
			},
			err: (line) => {
				err.push(line);
				onLine(stop);
			},
			paint: (_tone, text) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: (asked) => {
				stop = asked;
				return () => {};
			},
		},
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: [],
		workingDirectory: "/",
	});
	await runtime.close();
	return { code, out, err: err.join("\n") };
}

describe("wayside status", () => {
	it("shows alerts first, then feeds, sinks with what is wrong, quotas and store", () => {
		expect(statusLines(STATUS, plain)).toEqual([
			"Wayside 1.2.3, up 2 h: The hub takes in data and serves it.",
			"page sink-held sink:archive, for 1 min: Sink archive is held.",
			"",
			"FEED       STATE    FOR  AGE   HEADROOM     FRAMES/S  RECORDS/S  RECORDS  DEAD  BREAKER",
			"metro-avl  running  2 h  12 s  13 min 20 s                         1,234     2  closed",
			"",
			"SINK     STATE  FOR    LAG  LAG AGE    DELIVERED/S  DELIVERED  DEAD  VEHICLES",
			"archive  held   1 min   40  1 min 1 s                   1,000     0",
			"  The destination refuses us.",
			"",
			"QUOTA  STATE  USED  LIMIT  ANEW IN",
			"key    open     10  1000   1 min",
			"",
			expect.stringMatching(/^Store ok, 2 KiB, .* free\. Every account adds up\.$/),
		]);
	});

	it("shows rates against an earlier look, and none after a restart of the hub", () => {
		const before = { ...STATUS, time: TIME - 10_000, feeds: [{ ...FEED, frames: 80, records: 34 }] };
		expect(statusLines(STATUS, plain, before)[4]).toMatch(/ 2\.0 +120 +1,234 /);
		const fresh = { ...STATUS, feeds: [{ ...FEED, frames: 1, records: 1 }] };
		expect(statusLines(fresh, plain, STATUS)[4]).toMatch(/20 s {10,}1 /);
	});

	it("asks the admin listener, and exits with 4 while an alert pages or the hub is not ready", async () => {
		let now = STATUS;
		const { adminUrl } = await hub(() => now);
		const paged = await cli(["status", "--url", adminUrl]);
		expect([paged.code, paged.out[1]]).toEqual([4, expect.stringMatching(/^page sink-held/)]);
		now = { ...STATUS, alerts: [] };
		const well = await cli(["status", "--url", adminUrl, "--json"]);
		expect(well.code).toBe(0);
		expect(JSON.parse(well.out[0] ?? "")).toEqual(JSON.parse(JSON.stringify(now)));
		now = { ...STATUS, alerts: [], ready: false };
		expect((await cli(["status", "--url", adminUrl])).code).toBe(4);
	});

	it("says where it asked when no hub answers", async () => {
		const gateway = await hub(() => STATUS);
		await open.pop()?.close();
		const { code, err } = await cli(["top", "--url", gateway.adminUrl]);
		expect(code).toBe(1);
		expect(err).toContain(`No hub answers at ${gateway.adminUrl}`);
	});
});

describe("wayside slo", () => {
	it("asks the admin listener for the objectives, and exits with 4 while one is missed or burns", async () => {
		let moment = STATUS.time;
		let ageP95S = 20;
		const book = new SloBook(() => SLO_DEFAULT);
		const [sink] = STATUS.sinks;
		const look = (count: number) => {
			for (let at = 0; at < count; at++, moment += 10_000) {
				const facts = { inService: 9, overdue: 0, headerAgeS: 3, ageP95S };
				const one = { ...(sink as HubStatus["sinks"][number]), facts };
				book.add({ ...STATUS, time: moment, feeds: [], sinks: [one] });
			}
		};
		const { adminUrl } = await hub(() => ({ ...STATUS, slos: book.view(moment) }));
		look(1000);
		const well = await cli(["slo", "--url", adminUrl]);
		expect(well.code).toBe(0);
		expect(well.out[0]).toMatch(/^OBJECTIVE +TARGET +28 DAYS +BUDGET LEFT +BURN 1H +6H +3D$/);
		expect(well.out[1]).toMatch(/^freshness +99 % +100 % +100 % +0\.0 +0\.0 +0\.0$/);
		expect(well.out).toContain("freshness: It is kept, 100 % of its budget are left.");
		expect(well.out).toContain("recovery: Nothing was counted yet.");
		ageP95S = 300;
		look(200);
		const missed = await cli(["slo", "--url", adminUrl, "--json"]);
		expect(missed.code).toBe(4);
		const [freshness] = JSON.parse(missed.out[0] ?? "");
		expect(freshness).toMatchObject({ name: "freshness", good: 1000, total: 1200, burning: { rate: 14.4 } });
	});
});

describe("wayside top", { timeout: 20_000 }, () => {
	it("goes on until Ctrl-C, also while the hub is away for a while", async () => {
		const gateway = await hub(() => STATUS);
		let looks = 0;
		const { code, out, err } = await cli(["top", "--url", gateway.adminUrl, "--every", "1"], (stop) => {
			looks++;
			if (looks === 1) void open.pop()?.close();
			else stop();
		});
		expect(code).toBe(0);
		expect(out[0]).toContain("FEED");
		expect(err).toContain("No hub answers");
	});

	it("refuses a pause that is none", async () => {
		expect((await cli(["top", "--every", "soon"])).err).toContain('--every is "soon"');
	});
});
