import { HOUR_MS } from "../model/units.js";
import { breakerMemory } from "../operations/breaker-memory.js";
import { Repeats } from "../operations/repeats.js";
import { isRoutine, transitionSentence } from "./transition-words.js";
/** Transitions that a person made. */
const OPERATED = ["forced_open", "forced_closed", "reset"];
/** Keeps every breaker in the store, and tells what happens to it. */
export class BreakerNews {
    #options;
    /** What is sent on trial through an open breaker, every few seconds of an outage. */
    #probes = new Repeats(HOUR_MS);
    constructor(options) {
        this.#options = options;
    }
    remembering(name) {
        const { save } = breakerMemory(this.#options.log, name);
        return { persist: { save }, onEvent: (event) => this.#happened(name, event) };
    }
    async restore(upstreams) {
        const { log, onEvent } = this.#options;
        for (const [name, upstream] of upstreams) {
            const snapshot = await breakerMemory(log, name).load();
            if (snapshot !== undefined && !upstream.restore(snapshot))
                onEvent(name, "warn", "breaker.unreadable", "Its stored breaker cannot be read; it begins closed");
        }
    }
    #happened(name, event) {
        if (event.type !== "transition")
            return;
        const { clock, onEvent, onOperated, upstreams } = this.#options;
        const isOperated = OPERATED.includes(event.reason);
        if (isOperated)
            onOperated(name);
        const isNews = () => this.#probes.count(`${name} ${event.reason}`, clock.monotonic()) !== undefined;
        if (!isOperated && isRoutine(event) && !isNews())
            return;
        const forced = isOperated ? upstreams().get(name)?.status().forced : undefined;
        const { from, to, reason } = event;
        const level = to === "open" ? "warn" : "info";
        onEvent(name, level, "breaker.state", transitionSentence(event), { from, to, reason, ...forced });
    }
}
