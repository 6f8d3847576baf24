import { Sketch } from "./sketch.js";
export const SIDES = ["a", "b"];
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
];
/** Counts and distributions of one route and hour, of one hour, or of all. */
export class Tally {
    counts = Object.fromEntries(COUNTS.map((name) => [name, 0]));
    /** Seconds that the position of a vehicle was old when the feed was read. */
    ageA = new Sketch();
    ageB = new Sketch();
    /** Metres between both positions of a vehicle at one event time. */
    distance = new Sketch();
    static restore(saved) {
        const tally = new Tally();
        Object.assign(tally.counts, saved.counts);
        tally.ageA = Sketch.restore(saved.ageA);
        tally.ageB = Sketch.restore(saved.ageB);
        tally.distance = Sketch.restore(saved.distance);
        return tally;
    }
    static sum(tallies) {
        const total = new Tally();
        for (const tally of tallies) {
            for (const name of COUNTS)
                total.counts[name] += tally.counts[name];
            total.ageA.merge(tally.ageA);
            total.ageB.merge(tally.ageB);
            total.distance.merge(tally.distance);
        }
        return total;
    }
    save() {
        const counts = Object.fromEntries(Object.entries(this.counts).filter(([, count]) => count !== 0));
        const [ageA, ageB, distance] = [this.ageA.save(), this.ageB.save(), this.distance.save()];
        return { counts, ageA, ageB, distance };
    }
}
