import { messageOf } from "../model/failure.js";
/** A save that takes longer is given up, so that a store that hangs does not stop all later saves. */
const SAVE_MAX_MS = 30_000;
/** Saves the newest state, one save at a time, never awaited by a job (rule 26). */
export class Saver {
    #persistence;
    #clock;
    #take;
    #onFailed;
    #isSaving = false;
    #isWanted = false;
    #isClosed = false;
    #saved = Promise.resolve();
    /** Gives up the save that is under way. */
    #giveUp = () => { };
    failures = 0;
    constructor(persistence, clock, take, onFailed) {
        this.#persistence = persistence;
        this.#clock = clock;
        this.#take = take;
        this.#onFailed = onFailed;
    }
    /** Saves soon; states in between are skipped. */
    request() {
        if (this.#isClosed)
            return;
        this.#isWanted = true;
        if (!this.#isSaving)
            this.#saved = this.#saveAll();
    }
    /** Saves once more, for the last time. Resolves when that is done, has failed, or is not done after `waitMs`. */
    async close(waitMs) {
        this.request();
        this.#isClosed = true;
        const cancel = this.#clock.after(waitMs, () => {
            this.#isWanted = false;
            this.#giveUp(waitMs);
        });
        await this.#saved;
        cancel();
    }
    async #saveAll() {
        this.#isSaving = true;
        while (this.#isWanted) {
            this.#isWanted = false;
            try {
                await this.#saveOnce();
            }
            catch (thrown) {
                this.failures += 1;
                this.#onFailed(messageOf(thrown));
            }
        }
        this.#isSaving = false;
    }
    #saveOnce() {
        const late = new Promise((_, reject) => {
            this.#giveUp = (waitedMs) => reject(new Error(`the store did not finish a save within ${waitedMs} ms`));
        });
        const cancel = this.#clock.after(SAVE_MAX_MS, () => this.#giveUp(SAVE_MAX_MS), { ref: false });
        const saved = Promise.resolve().then(() => this.#persistence.save(this.#take()));
        return Promise.race([saved, late]).finally(cancel);
    }
}
