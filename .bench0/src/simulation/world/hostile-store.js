import { Failure } from "../../model/failure.js";
import { sleep } from "../../runtime/runtime.js";
import { Weather } from "./weather.js";
/** What a disk, and a process that dies at it, do to commits. */
export class HostileStore {
    commits = 0;
    weather;
    /** From a failed sync to the next process: a hub that reads cannot keep it. */
    refusedSpans = [];
    #options;
    #deaths;
    #dying;
    /** Since when it refuses everything. */
    #lostSyncMs;
    #diesAfter;
    /** Counts processes. */
    #lives = 0;
    constructor(options) {
        this.#options = options;
        this.weather = new Weather(options.troubles);
        this.#deaths = [...options.deaths];
    }
    /** A new process: the disk works again. */
    begin() {
        if (this.#lostSyncMs !== undefined) {
            this.refusedSpans.push({ fromMs: this.#lostSyncMs, toMs: this.#options.sinceStart() });
        }
        this.#lostSyncMs = undefined;
        this.#dying = undefined;
        this.#diesAfter = undefined;
        this.#lives++;
    }
    /** Ends this process later, and none that comes after it. */
    #killAfter(delayMs, death) {
        const { clock, kill } = this.#options;
        const life = this.#lives;
        clock.after(delayMs, () => life === this.#lives && kill(death), { ref: false });
    }
    async before({ append }) {
        const { clock, dice, trace, sinceStart, peaceMs, kill } = this.#options;
        this.commits++;
        if (this.#lostSyncMs !== undefined)
            throw new Failure("store.sync", "The store refuses everything after a failed sync");
        const death = this.#due(sinceStart());
        if (death?.type === "before-commit")
            return kill(death);
        if (death?.type === "after-commit")
            this.#diesAfter = death;
        if (death?.type === "failed-sync") {
            this.#lostSyncMs = sinceStart();
            trace.tell("store", "a sync failed");
            // Whether what was not synced is there after a restart is anybody's guess; here it is not.
            const refusesMs = Math.min(death.downMs, Math.max(0, peaceMs - sinceStart()));
            this.#killAfter(refusesMs, { ...death, downMs: 1000 });
            throw new Failure("store.sync", "The disk failed to sync");
        }
        if (death?.type === "in-commit") {
            this.#killAfter(dice.whole(1, 3000), death);
            if (dice.is(0.5))
                await new Promise(() => undefined);
        }
        const fault = this.weather.faultAt(sinceStart(), dice.next())?.fault;
        // On a full disk what appends nothing still goes through.
        if (fault === undefined || (fault === "full" && (append ?? []).length === 0))
            return;
        trace.tell("store", fault);
        if (fault === "stall")
            await sleep(clock, dice.whole(50, 12_000), undefined, { ref: false });
        else if (fault === "full")
            throw new Failure("store.full", "No space is left", { retryAfterMs: 5000 });
        else
            throw busy();
    }
    /** Retention is asked for: a store that takes no commit deletes nothing either. */
    retain() {
        const { dice, sinceStart } = this.#options;
        if (this.#lostSyncMs !== undefined || this.weather.faultAt(sinceStart(), dice.next())?.fault === "busy") {
            throw busy();
        }
    }
    async after() {
        const death = this.#diesAfter;
        this.#diesAfter = undefined;
        if (death !== undefined)
            this.#options.kill(death);
    }
    /** The death whose commit this is. */
    #due(atMs) {
        const next = this.#deaths[0];
        if (this.#dying === undefined && next !== undefined && next.atMs <= atMs) {
            this.#deaths.shift();
            this.#dying = { death: next, left: next.commits };
        }
        if (this.#dying === undefined)
            return undefined;
        this.#dying.left--;
        if (this.#dying.left > 0)
            return undefined;
        const { death } = this.#dying;
        this.#dying = undefined;
        return death;
    }
}
function busy() {
    return new Failure("store.busy", "The store is busy");
}
