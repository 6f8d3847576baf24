import { SECOND_MS } from "../../model/units.js";
import { Weather } from "./weather.js";
/** A server of the agency, and the network before it. Counts what it is asked for. */
export class HostileHost {
    served = [];
    weather;
    #options;
    /** What a frozen cache says: the answer of the moment in which it froze. */
    #frozen;
    #refused;
    constructor(options) {
        this.#options = options;
        this.weather = new Weather(options.troubles);
    }
    accepts() {
        const { sinceStart, dice } = this.#options;
        const trouble = this.weather.faultAt(sinceStart(), dice.next());
        this.#refused = trouble?.fault === "refuse" ? trouble : undefined;
        if (this.#refused !== undefined)
            this.#note(undefined, "refuse");
        return this.#refused === undefined;
    }
    handle(request) {
        const { sinceStart, dice, handle } = this.#options;
        this.#options.asked?.(request);
        // No compression: the simulation would spend its time on it.
        const asked = { ...request, headers: { ...request.headers, "accept-encoding": "identity" } };
        const trouble = this.weather.faultAt(sinceStart(), dice.next());
        const answer = trouble === undefined ? handle(asked) : this.#spoil(trouble, asked);
        this.#note(answer, trouble?.fault);
        return answer;
    }
    #note(answer, fault) {
        const { sinceStart, trace, name } = this.#options;
        const bytes = answer?.kind === "answer" ? (answer.body?.length ?? 0) : 0;
        const asked = answer?.kind === "answer" ? answer.headers?.["retry-after"] : undefined;
        this.served.push({ atMs: sinceStart(), bytes, fault, retryAfterMs: Number(asked ?? 0) * SECOND_MS });
        const status = answer === undefined ? "" : answer.kind === "answer" ? `${answer.status}` : answer.kind;
        trace.tell(name, `${fault ?? "well"} ${status} ${bytes} bytes`);
    }
    #spoil(trouble, request) {
        const { handle, replica, dice } = this.#options;
        const whole = () => {
            const answer = handle(request);
            return answer.kind === "answer" ? answer : { kind: "answer", status: 200, body: new Uint8Array() };
        };
        const cutBy = (body) => Math.floor((body?.length ?? 0) * dice.next());
        switch (trouble.fault) {
            case "refuse":
            case "reset":
                return { kind: "reset" };
            case "hang":
                return { kind: "hang" };
            case "slow":
                return { ...whole(), delayMs: dice.whole(500, 14_000) };
            case "truncate": {
                const answer = whole();
                return { ...answer, cutAfterBytes: cutBy(answer.body) };
            }
            case "cut": {
                const answer = whole();
                const body = bytesOf(answer.body).subarray(0, cutBy(answer.body));
                this.#options.cut?.(body);
                return { ...answer, body };
            }
            case "corrupt": {
                const answer = whole();
                const body = bytesOf(answer.body).slice();
                body.fill(0xff, 0, 12);
                return { ...answer, body };
            }
            case "status-429":
                return {
                    kind: "answer",
                    status: 429,
                    headers: { "retry-after": String(dice.whole(5, 40)) },
                    body: "too often",
                };
            case "status-503":
                return { kind: "answer", status: 503, headers: {}, body: "Service Unavailable" };
            case "html":
                return {
                    kind: "answer",
                    status: 200,
                    headers: { "content-type": "text/html" },
                    body: "<html><body><h1>Maintenance</h1></body></html>",
                };
            case "frozen":
                if (this.#frozen?.trouble !== trouble)
                    this.#frozen = { trouble, answer: whole() };
                return this.#frozen.answer;
            case "stale":
                return replica(request);
        }
    }
}
function bytesOf(body) {
    return typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
}
