import { Failure, messageOf } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
const PAUSE_FIRST_MS = 5 * SECOND_MS;
const PAUSE_MAX_MS = 5 * MINUTE_MS;
/** Where a person has to mend something, trying often helps nobody. */
const PAUSE_REFUSED_MS = 5 * MINUTE_MS;
/**
 * Tells what waits in the queue: one message at a time on each channel, in order, again with growing pauses where it fails.
 * Nobody waits for it, and a channel that is slow holds up no other.
 */
export class AlertSender {
    #options;
    #busy = new Map();
    #stop = new AbortController();
    constructor(options) {
        this.#options = options;
    }
    /** Begins what is due. */
    pump() {
        const { queue, channels, now } = this.#options;
        if (this.#stop.signal.aborted)
            return;
        for (const [name, { channel }] of channels) {
            if (this.#busy.has(name))
                continue;
            const due = queue.due(name, now());
            if (due === undefined)
                continue;
            const done = this.#tell(due, channel).finally(() => {
                this.#busy.delete(name);
                this.#options.onSettled();
                this.pump();
            });
            this.#busy.set(name, done);
        }
    }
    /** One marked message beside the queue, to see what the channel answers. */
    async test(name, message) {
        const { channels, runtime } = this.#options;
        const known = channels.get(name);
        if (known === undefined)
            throw new Failure("request.invalid", `There is no channel "${name}"`);
        const started = runtime.clock.monotonic();
        const tookMs = () => Math.round(runtime.clock.monotonic() - started);
        try {
            const said = await this.#attempt(known.channel, message);
            return { channel: name, type: known.type, ok: true, said, tookMs: tookMs() };
        }
        catch (thrown) {
            return { channel: name, type: known.type, ok: false, said: messageOf(thrown), tookMs: tookMs() };
        }
    }
    /** Waits a moment for what is under way, so that it need not be told twice; then breaks it off. */
    async close(withinMs) {
        const cancel = this.#options.runtime.clock.after(withinMs, () => this.#stop.abort());
        const under = [...this.#busy.values()];
        if (under.length === 0)
            this.#stop.abort();
        await Promise.all(under);
        this.#stop.abort();
        cancel();
    }
    async #tell(one, channel) {
        const { queue, now, onFailed } = this.#options;
        try {
            queue.told(one, await this.#attempt(channel, one.message), now());
        }
        catch (thrown) {
            // What was broken off by the end of the hub is told by the next one, under the same id.
            if (this.#stop.signal.aborted)
                return;
            const isRefused = !(thrown instanceof Failure) || thrown.kind !== "transient";
            const isFirst = queue.tallies.get(one.channel)?.failingSince === undefined;
            queue.failed(one, messageOf(thrown), isRefused, now(), this.#pauseMs(one, thrown, isRefused));
            if (isFirst)
                onFailed(one.channel, messageOf(thrown));
        }
    }
    async #attempt(channel, message) {
        const late = new AbortController();
        const { clock } = this.#options.runtime;
        const seconds = Math.round(channel.timeoutMs / SECOND_MS);
        const cancel = clock.after(channel.timeoutMs, () => late.abort(new Failure("net.timeout", `No answer within ${seconds} s`)));
        try {
            return await channel.send(message, AbortSignal.any([late.signal, this.#stop.signal]));
        }
        finally {
            cancel();
        }
    }
    #pauseMs({ attempts }, thrown, isRefused) {
        const asked = thrown instanceof Failure ? thrown.retryAfterMs : undefined;
        if (asked !== undefined)
            return Math.min(Math.max(asked, PAUSE_FIRST_MS), HOUR_MS);
        const most = isRefused ? PAUSE_REFUSED_MS : Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** attempts);
        return most * (0.75 + 0.25 * this.#options.runtime.chance.next());
    }
}
