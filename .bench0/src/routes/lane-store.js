import { Failure, messageOf } from "../model/failure.js";
import { troubleOf } from "./health.js";
/** How long a commit that the store refused waits, unless the store says otherwise. */
export const STORE_PAUSE_MS = 1000;
/** Our own store as a lane sees it: what it refuses holds the lane up, and is reported as such. */
export class LaneStore {
    #around;
    #partition;
    #bell;
    #isInTrouble = false;
    constructor(around, partition, bell) {
        this.#around = around;
        this.#partition = partition;
        this.#bell = bell;
    }
    /** Tries again as long as the store says that nothing was written. Everything else is the caller's to decide. */
    async commit(commit) {
        const { log, signal } = this.#around;
        for (;;) {
            try {
                await log.commit(commit);
                this.works();
                return;
            }
            catch (thrown) {
                const nothingWritten = thrown instanceof Failure && (thrown.code === "store.full" || thrown.code === "store.busy");
                if (!nothingWritten || signal.aborted)
                    throw thrown;
                this.trouble(thrown);
                await this.#bell.rest(thrown.retryAfterMs ?? STORE_PAUSE_MS);
                if (signal.aborted)
                    throw thrown;
            }
        }
    }
    trouble(thrown) {
        const { health, clock } = this.#around;
        health.counters.commitFailures++;
        if (!this.#isInTrouble) {
            health.emit("store_refused", "error", messageOf(thrown), { partition: this.#partition });
        }
        this.#isInTrouble = true;
        health.report(this.#partition, troubleOf("held", thrown, clock.now() + STORE_PAUSE_MS));
    }
    works() {
        if (!this.#isInTrouble)
            return;
        this.#isInTrouble = false;
        this.#around.health.report(this.#partition, undefined);
    }
}
