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

const askedSeldom: Change = (text) => text.replaceAll("every: 10s", "every: 2m");
/** Small pages, and no way to know that there is another one. */
const smallPages: Change = (text) =>
	text.replace("limit=500", "limit=40").replace(/^ +more: json:more\n/m, "");

/** The demo's configuration with a mistake that the drill has to find, and where it has to show. */
const BAD: Readonly<Record<DrillName, readonly [Change, Measure]>> = {
	flapping: [askedSeldom, "freshness"],
	"outage-10-minutes": [smallPages, "recover"],
	"outage-40-minutes": [smallPages, "recover"],
	// Whoever drops what lacks its fields never sees that they were renamed.
	"schema-change": [
		(text) =>
			text.replace(
				"records: messages[]\n",
				"records: messages[]\n          drop: [{ path: veh, present: false }]\n",
			),
		"lost",
	],
	"frozen-feed": [askedSeldom, "detect"],
	"unit-change": [askedSeldom, "freshness"],
	"out-of-order-burst": [askedSeldom, "freshness"],
	"duplicate-storm": [(text) => text.replace("limit=500", "limit=5"), "lost"],
	"clock-ahead": [askedSeldom, "freshness"],
	"slow-sink": [askedSeldom, "freshness"],
	// Retention takes what the destination has not got yet.
	"dead-sink": [(text) => text.replace("records: { maxAge: 7d", "records: { maxAge: 5m"), "lost"],
	"poison-record": [askedSeldom, "freshness"],
	"restart-under-load": [askedSeldom, "freshness"],
	"bandwidth-cap": [(text) => text.replaceAll(/, bytes: \d+KiB\/s/g, ""), "load"],
	"night-without-service": [askedSeldom, "freshness"],
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
