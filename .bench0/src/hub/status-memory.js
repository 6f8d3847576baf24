import { messageOf } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import { within } from "../routes/slots.js";
/** A store that hangs must not keep people from being told. */
const SAVE_MAX_MS = 2 * SECOND_MS;
/** Keeps memories of the hub in its store: once a quarter of an hour, and when the hub ends. */
export class StatusMemory {
    #log;
    #clock;
    #onEvent;
    #memories;
    #isNew = true;
    constructor(log, clock, onEvent, memories) {
        this.#log = log;
        this.#clock = clock;
        this.#onEvent = onEvent;
        this.#memories = memories;
    }
    async restore() {
        for (const memory of this.#memories) {
            const stored = await this.#log.state(memory.name);
            if (stored === undefined)
                continue;
            try {
                if (memory.restore(JSON.parse(new TextDecoder().decode(stored))))
                    continue;
                this.#unreadable(memory, "it is something else");
            }
            catch (thrown) {
                this.#unreadable(memory, messageOf(thrown));
            }
        }
    }
    async look(status) {
        const isNews = this.#memories.map((memory) => memory.add(status)).includes(true);
        if (isNews && !this.#isNew)
            await this.save();
        this.#isNew = false;
    }
    async save() {
        if (this.#isNew)
            return;
        const state = this.#memories.map((memory) => ({
            name: memory.name,
            bytes: JSON.stringify(memory.json()),
        }));
        const saved = this.#log.commit({ state }).then(() => undefined, 
        // The store says itself that it takes nothing; the next quarter of an hour is written with this one.
        () => undefined);
        await within(this.#clock, saved, SAVE_MAX_MS);
    }
    #unreadable({ what }, why) {
        const message = `What is stored of ${what} cannot be read, and begins anew: ${why}`;
        this.#onEvent("hub", "warn", "status.unreadable", message);
    }
}
