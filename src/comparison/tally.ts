import { type SavedSketch, Sketch } from "./sketch.js";

/** The two feeds: `a` is what riders have today, `b` is what would take its place. */
export type Side = "a" | "b";
export const SIDES = ["a", "b"] as const;

/**
 * What is counted, once for each vehicle (or trip) at each moment at which both feeds could be read.
 * `ghosts`: left out of `both`, `onlyA` and `onlyB`. `assigned`: names a trip or a route; `matched`: and the schedule has
 * it. `expected`: trips that should be under way; `seen`: of these, those in the feed.
 */
const COUNTS = [
	"both",
	"onlyA",
	"onlyB",
	"tripsBoth",
	"tripsOnlyA",
	"tripsOnlyB",
	"tripsCompared",
	"tripsDiffer",
	"routesDiffer",
	"aligned",
	"unaligned",
	"ghostsA",
	"ghostsB",
	"endedA",
	"endedB",
	"futureA",
	"futureB",
	"assignedA",
	"assignedB",
	"matchedA",
	"matchedB",
	"expected",
	"seenA",
	"seenB",
	"moments",
	"downA",
	"downB",
] as const;

export type Counts = Record<(typeof COUNTS)[number], number>;

/** Plain JSON; a count of 0 is left out. */
export interface SavedTally {
	readonly counts: Partial<Counts>;
	readonly ageA: SavedSketch;
	readonly ageB: SavedSketch;
	readonly distance: SavedSketch;
}

/** Counts and distributions of one route and hour, of one hour, or of all. */
export class Tally {
	readonly counts: Counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Counts;
	/** Seconds that the position of a vehicle was old when the feed was read. */
	ageA = new Sketch();
	ageB = new Sketch();
	/** Metres between both positions of a vehicle at one event time. */
	distance = new Sketch();

	static restore(saved: SavedTally): Tally {
		const tally = new Tally();
		Object.assign(tally.counts, saved.counts);
		tally.ageA = Sketch.restore(saved.ageA);
		tally.ageB = Sketch.restore(saved.ageB);
		tally.distance = Sketch.restore(saved.distance);
		return tally;
	}

	static sum(tallies: Iterable<Tally>): Tally {
		const total = new Tally();
		for (const tally of tallies) {
			for (const name of COUNTS) total.counts[name] += tally.counts[name];
			total.ageA.merge(tally.ageA);
			total.ageB.merge(tally.ageB);
			total.distance.merge(tally.distance);
		}
		return total;
	}

	save(): SavedTally {
		const counts = Object.fromEntries(Object.entries(this.counts).filter(([, count]) => count !== 0));
		const [ageA, ageB, distance] = [this.ageA.save(), this.ageB.save(), this.distance.save()];
		return { counts, ageA, ageB, distance };
	}
}
