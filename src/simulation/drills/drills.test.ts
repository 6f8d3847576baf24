import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BUILTINS } from "../../config/builtins.js";
import type { HubConfig } from "../../config/config.js";
import { loadConfig } from "../../config/load.js";
import { createVirtualRuntime } from "../virtual-runtime.js";
import { runDrill, SCENARIOS, type Scorecard } from "./index.js";
import { DRILLS, type DrillName } from "./names.js";
import type { Measure } from "./thresholds.js";

const DEMO = readFileSync(new URL("../../../examples/demo.yaml", import.meta.url), "utf8");

async function configOf(text: string): Promise<HubConfig> {
	const { config, findings } = await loadConfig(text, "/simulated", {
		plugins: BUILTINS,
		runtime: createVirtualRuntime().runtime,
		environment: { WAYSIDE_DEMO_GATEWAY: "http://gateway.test" },
		skipEnvironment: true,
	});
	if (config === undefined) throw new Error(JSON.stringify(findings));
	return config;
}

async function cardOf(name: DrillName, text: string): Promise<Scorecard> {
	const scenario = SCENARIOS.find((one) => one.name === name);
	if (scenario === undefined) throw new Error(`no drill ${name}`);
	const card = await runDrill(await configOf(text), scenario);
	if (!("grade" in card)) throw new Error(JSON.stringify(card));
	return card;
}

function gradeOf({ scores }: Scorecard, measure: Measure) {
	return scores.find((score) => score.measure === measure)?.grade;
}

type Change = (text: string) => string;

/** Pages of so many messages, and no way to know that there is another one. */
const pagesOf =
	(count: number): Change =>
	(text) =>
		text.replace("limit=500", `limit=${count}`).replace(/^ +more: json:more\n/m, "");
const dropping =
	(condition: string): Change =>
	(text) =>
		text.replace("records: messages[]\n", `records: messages[]\n          drop: [{ ${condition} }]\n`);
/** Of the buses alone. */
const withoutTrams: Change = (text) =>
	text.replace(/ {2}# The new system[\s\S]*?\nsinks:/, "sinks:").replace(/^.*from: trams.*\n/gm, "");
const keptBriefly: Change = (text) => text.replace("records: { maxAge: 7d", "records: { maxAge: 5m");

/** The demo's configuration with a mistake that the drill has to find, and where it has to show. */
const BAD: Readonly<Record<DrillName, readonly [Change, Measure]>> = {
	// What came in while the gateway failed makes an answer that is larger than usual.
	flapping: [(text) => text.replace("history: 15m\n", "history: 15m\n          bodyLimit: 10KiB\n"), "lost"],
	// Enough for what comes in, and hardly more: nothing is left for the backlog.
	"outage-10-minutes": [(text) => text.replace("bytes: 64KiB/s", "bytes: 1000B/s"), "recover"],
	"outage-40-minutes": [pagesOf(40), "recover"],
	// Whoever drops what lacks its fields never sees that they were renamed.
	"schema-change": [dropping("path: veh, present: false"), "lost"],
	// Two answers in three minutes: whether they are the same is seen too late.
	"frozen-feed": [(text) => text.replaceAll("every: 10s", "every: 2m"), "detect"],
	// Nobody looks whether what is read is plausible.
	"unit-change": [
		(text) => text.replaceAll("    agency: demo-city", "    agency: demo-city\n    guards: off"),
		"untrue",
	],
	// The archive waits for order longer than anybody is out of reach.
	"out-of-order-burst": [
		(text) => text.replaceAll("to: archive, mode: every", "to: archive, mode: every, reorder: 10m"),
		"recover",
	],
	// What comes again a minute later is taken for new.
	"duplicate-storm": [(text) => `${text}\nintake: { dedupe: { maxAge: 1m } }\n`, "duplicated"],
	// The others have to be fresh all the same.
	"clock-ahead": [(text) => text.replaceAll("every: 10s", "every: 90s"), "freshness"],
	// One record at a time to a destination that needs seconds for each: retention is faster.
	"slow-sink": [
		(text) =>
			keptBriefly(text).replace("path: ./records.ndjson", "path: ./records.ndjson\n    batch: { count: 1 }"),
		"lost",
	],
	// Retention takes what the destination has not got yet.
	"dead-sink": [keptBriefly, "lost"],
	// What cannot be read is thrown away instead of kept.
	"poison-record": [(text) => dropping("path: ts, is: no time")(withoutTrams(text)), "deadLetters"],
	// Pages that hold hardly more than comes in: what came in while no hub ran is never caught up with.
	"restart-under-load": [pagesOf(17), "recover"],
	"bandwidth-cap": [(text) => text.replaceAll(/, bytes: \d+KiB\/s/g, ""), "load"],
	// Vehicles that went home are waited for, message after message.
	"night-without-service": [
		(text) => text.replaceAll("    agency: demo-city\n", "    agency: demo-city\n    removeAfter: 50\n"),
		"detect",
	],
};

const PAGE = readFileSync(new URL("../../../docs/drills.md", import.meta.url), "utf8");
/** What has to be perfect before anything else. */
const FIRST: readonly DrillName[] = [
	"flapping",
	"outage-10-minutes",
	"outage-40-minutes",
	"schema-change",
	"frozen-feed",
	"restart-under-load",
];

describe("drills", { timeout: 120_000 }, () => {
	it("are as many as their names, in their order", () => {
		expect(SCENARIOS.map(({ name }) => name)).toEqual(DRILLS);
	});

	it.each(DRILLS)("%s comes to what docs/drills.md shows, with the demo's configuration", async (name) => {
		const card = await cardOf(name, DEMO);
		const [, shown = ""] = PAGE.split(`### ${name}: `);
		const [section = ""] = shown.split("\n### ");
		expect(section.split("\n", 1)).toEqual([card.grade]);
		// Numbers may move with every change of the hub; grades are what the page promises.
		const rows = [...section.matchAll(/^\| `(\w+)` \| .*? \| (\S+) \|/gm)].map(([, measure, grade]) => [
			measure,
			grade,
		]);
		expect(rows).toEqual(card.scores.map(({ measure, grade }) => [measure, grade ?? "-"]));
		if (FIRST.includes(name)) expect(card.grade).toBe("exceeds");
	});

	it("tells the same story each time", async () => {
		const once = await cardOf("restart-under-load", DEMO);
		expect(await cardOf("restart-under-load", DEMO)).toEqual(once);
	});

	it.each(DRILLS)("%s is graded below where the configuration is bad", async (name) => {
		const [change, measure] = BAD[name];
		const changed = change(DEMO);
		expect(changed).not.toBe(DEMO);
		const card = await cardOf(name, changed);
		expect(gradeOf(card, measure), JSON.stringify(card.scores)).toBe("below");
		expect(card.grade).toBe("below");
	});
});
