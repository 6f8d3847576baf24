import { messageOf } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
const TIMEOUT_MS = 15 * SECOND_MS;
const ANSWER_MAX_BYTES = 64 * 1024;
/** When nobody could be told for so long, somebody else has to notice. */
const UNTOLD_MAX_MS = 10 * MINUTE_MS;
/**
 * A dead man's switch: calls a URL while the hub is well, so that whoever misses the call raises the alarm. A hub that has
 * died cannot tell so itself; nor can one whose store takes nothing for long, or whose channels have all failed.
 */
export class Heartbeat {
    #config;
    #runtime;
    #stop = new AbortController();
    #isCalling = false;
    #lastStart;
    #lastTime;
    #trouble;
    #held;
    constructor(config, runtime) {
        this.#config = config;
        this.#runtime = runtime;
    }
    /** Called with every look at the hub; calls out when it is time. Nobody waits for the answer. */
    beat(hub, alerting) {
        this.#held = reasonToHold(hub, alerting);
        const now = this.#runtime.clock.monotonic();
        // A turn comes every few seconds: without some slack every other beat would be late by one.
        const isDue = this.#lastStart === undefined || now - this.#lastStart >= this.#config.everyMs - SECOND_MS;
        if (this.#held !== undefined || this.#isCalling || !isDue || this.#stop.signal.aborted)
            return;
        this.#lastStart = now;
        this.#isCalling = true;
        void this.#call().finally(() => {
            this.#isCalling = false;
        });
    }
    status() {
        const lastTime = this.#lastTime;
        if (this.#held !== undefined)
            return { state: "held", sentence: `No sign of life is given: ${this.#held}`, lastTime };
        if (this.#trouble !== undefined)
            return { state: "failing", sentence: `The sign of life does not arrive: ${this.#trouble}.`, lastTime };
        return lastTime === undefined
            ? { state: "waiting", sentence: "No sign of life was given yet.", lastTime }
            : { state: "ok", sentence: "Signs of life arrive.", lastTime };
    }
    close() {
        this.#stop.abort();
    }
    async #call() {
        const { url, allowPrivateAddresses } = this.#config;
        try {
            const { status } = await this.#runtime.http.request({
                method: "GET",
                url,
                headers: { "user-agent": "wayside" },
                signal: this.#stop.signal,
                connectTimeoutMs: TIMEOUT_MS,
                headersTimeoutMs: TIMEOUT_MS,
                bodyTimeoutMs: TIMEOUT_MS,
                bodyMaxBytes: ANSWER_MAX_BYTES,
                redirectsMax: 0,
                publicOnly: !allowPrivateAddresses,
            });
            this.#trouble = status >= 200 && status < 300 ? undefined : `it was answered ${status}`;
            if (this.#trouble === undefined)
                this.#lastTime = this.#runtime.clock.now();
        }
        catch (thrown) {
            this.#trouble = messageOf(thrown);
        }
    }
}
/** Undefined: the hub is well. */
function reasonToHold(hub, { channels }) {
    if (hub.store.state !== "ok")
        return "the store takes nothing.";
    if (hub.ledger.balanced === false)
        return "the ledger does not add up.";
    const isUntold = ({ failingSince }) => failingSince !== undefined && hub.time - failingSince >= UNTOLD_MAX_MS;
    return channels.length > 0 && channels.every(isUntold) ? "nobody can be told of alerts." : undefined;
}
