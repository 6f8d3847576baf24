import { problem } from "../runtime/endpoint.js";
const RETRY_AFTER_S = "5";
/**
 * Lets requests through to a sink once it knows again what it published before. Until then they wait: a hub listens before
 * it has started, and an answer without that knowledge would be empty, and could be older than the one before it.
 */
export class StartGate {
    /** The sink's own, in their order. */
    endpoints;
    #isOpen = false;
    #waiting = [];
    constructor(endpoints) {
        this.endpoints = endpoints.map((endpoint) => ({
            ...endpoint,
            handle: (request) => this.#isOpen ? endpoint.handle(request) : this.#opened(request, () => endpoint.handle(request)),
        }));
    }
    /** Answers whoever waits, in the order in which they came. */
    open() {
        this.#isOpen = true;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const go of waiting)
            go();
    }
    /** A client that goes, or a hub that ends, waits no longer. */
    #opened({ signal }, handle) {
        if (signal.aborted)
            return Promise.resolve(starting());
        return new Promise((resolve) => {
            const leave = () => {
                this.#waiting = this.#waiting.filter((one) => one !== go);
                resolve(starting());
            };
            const go = () => {
                signal.removeEventListener("abort", leave);
                resolve(handle());
            };
            signal.addEventListener("abort", leave, { once: true });
            this.#waiting.push(go);
        });
    }
}
function starting() {
    const headers = { "retry-after": RETRY_AFTER_S };
    return problem(503, "Starting", "The hub reads what it published last; ask again.", { headers });
}
