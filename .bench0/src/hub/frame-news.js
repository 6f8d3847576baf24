import { HOUR_MS } from "../model/units.js";
import { Repeats } from "../operations/repeats.js";
/** How many vehicles a frame with a new shape is of, and what was done with it. */
function reach({ items }) {
    const ids = new Set();
    let lost = 0;
    for (const item of items) {
        if (item.kind === "rejection")
            lost++;
        else if (item.vehicleId !== undefined)
            ids.add(item.vehicleId);
    }
    const known = `It is the shape of ${ids.size} vehicle${ids.size === 1 ? "" : "s"} in that frame`;
    const done = lost === 0 && items.length > 0 ? "nothing was changed" : "what cannot be read is kept as dead letters";
    return { vehicles: ids.size, sentence: `${known}; ${done}` };
}
/** What a frame gave that a person should know: said once, and then now and again with how often it was. */
export class FrameNews {
    #clock;
    #onEvent;
    #letters = new Repeats();
    /** A vehicle whose clock is ahead stays so for days. */
    #future = new Repeats(HOUR_MS);
    constructor(clock, onEvent) {
        this.#clock = clock;
        this.#onEvent = onEvent;
    }
    tell({ frame, decoded, counts, notes, guardNews, shapeNews, driftNews, contractNews, candidateNews, }) {
        const subject = `feed:${frame.feed}`;
        const now = this.#clock.monotonic();
        for (const { level, message, details } of driftNews)
            this.#onEvent(subject, level, "feed.drift", message, details);
        for (const { level, message, details } of contractNews)
            this.#onEvent(subject, level, "feed.contract", message, { ...details, frame: frame.offset });
        for (const { level, code, message, details } of candidateNews)
            this.#onEvent(subject, level, code, message, { ...details, frame: frame.offset });
        if (shapeNews !== undefined) {
            const { level, message, details } = shapeNews;
            const { vehicles, sentence } = reach(decoded);
            this.#onEvent(subject, level, "feed.shape", `${message}. ${sentence}`, { ...details, vehicles });
        }
        for (const { state, level, message, details } of guardNews)
            this.#onEvent(subject, level, `guard.${state}`, message, { ...details, frame: frame.offset });
        for (const { level, message } of notes)
            this.#onEvent(subject, level, "feed.sweep", message);
        if (counts.deadLetters > 0) {
            const { code, message } = decoded.failure ?? {
                code: "decode.record",
                message: "some items of the frame cannot be read",
            };
            const frames = this.#letters.count(`${subject} ${code}`, now);
            const details = { frame: frame.offset, deadLetters: counts.deadLetters, frames };
            if (frames !== undefined)
                this.#onEvent(subject, "warn", "feed.dead_letters", message, details);
        }
        if (counts.future > 0) {
            const frames = this.#future.count(subject, now);
            const message = "Some vehicles state times that have not come: their reports are kept and flagged, and riders do not see them. " +
                "Look at their clocks, and at the time zone of the feed";
            const details = { frame: frame.offset, future: counts.future, frames };
            if (frames !== undefined)
                this.#onEvent(subject, "warn", "feed.future", message, details);
        }
    }
}
