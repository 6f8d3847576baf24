import { afterAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../../test/scratch-directory.js";
import { MINUTE_MS } from "../../model/units.js";
import { FORMAT_CHANGES, type FormatChange } from "../gateway-changes.js";
import { type Plan, planOf } from "./plan.js";
import type { TraceLine } from "./trace.js";
import { runWorld } from "./world.js";

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

/** A world in which nothing happens but this, from minute 5 to minute 11 of twenty, to all vehicles. */
function planWith(change: FormatChange): Plan {
	const plan = planOf(1);
	const [fromMs, hostileMs] = [5 * MINUTE_MS, 12 * MINUTE_MS];
	return {
		...plan,
		hostileMs,
		upstreams: { "avl.test": [], "trams.test": [], "trams-standby.test": [] },
		push: [],
		partner: [],
		badRecordIn: 0,
		store: [],
		deaths: [],
		clockJumps: [],
		driftMsPerHour: 0,
		formatChanges: [
			{ change, fromTime: plan.startTime + fromMs, untilTime: plan.startTime + 11 * MINUTE_MS },
		],
	};
}

/** A feed of which nothing can be read has failed, which is an alert. */
const UNREADABLE = ["feed.dead_letters", "feed.shape", "feed.state", "alert.raised"];

/** What the hub says of each; of the others nothing, because for it nothing is wrong. */
const SAID: Readonly<Partial<Record<FormatChange, readonly string[]>>> = {
	"renamed-field": UNREADABLE,
	"list-to-object": [...UNREADABLE, "feed.heal_proposed"],
	// A value that nobody knows is taken out of most vehicles' reports.
	"new-value": ["alert.raised"],
	"time-zone": ["feed.future", "alert.raised"],
};

describe("a world whose formats change", () => {
	it("has every kind of change in some seed, and none in most", () => {
		const plans = Array.from({ length: 200 }, (_, seed) => planOf(seed).formatChanges);
		const kinds = new Set(plans.flatMap((changes) => changes.map(({ change }) => change)));
		expect(kinds).toEqual(new Set(FORMAT_CHANGES));
		expect(plans.filter(({ length }) => length === 0).length).toBeGreaterThan(100);
	});

	it.each(FORMAT_CHANGES)(
		"holds every promise through %s, and the hub says what it noticed",
		async (change) => {
			const lines: TraceLine[] = [];
			const { violations } = await runWorld(planWith(change), scratch.path, (line) => lines.push(line));
			expect(violations).toEqual([]);
			const warned = lines.filter(({ who, what }) => who === "hub" && what.startsWith("warn"));
			const codes = warned.flatMap(({ what }) => /feed:buses ([\w.]+)/.exec(what)?.[1] ?? []);
			expect(new Set(codes)).toEqual(new Set(SAID[change]));
		},
	);
});
