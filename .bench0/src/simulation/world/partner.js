import { hashText } from "../../intake/hash.js";
import { Receiver } from "./receiver.js";
import { Weather } from "./weather.js";
/** A partner who takes batches, keeps their ids, and refuses what it cannot read. It checks what it is promised. */
export class Partner {
    receiver;
    weather;
    #options;
    /** What batches said, taken or not, by their ids and as a hash: a retry has to say the same. */
    #said = new Map();
    #taken = new Set();
    constructor(options) {
        this.#options = options;
        this.weather = new Weather(options.troubles);
        this.receiver = new Receiver(options.name, options.trace, options.memory);
    }
    isBad(id) {
        const { badRecordIn } = this.#options;
        if (badRecordIn === 0)
            return false;
        let hash = 7;
        for (let at = 0; at < id.length; at++)
            hash = (Math.imul(hash, 31) + id.charCodeAt(at)) >>> 0;
        return hash % badRecordIn === 0;
    }
    handle(request) {
        const { name, sinceStart, dice, trace } = this.#options;
        const fault = this.weather.faultAt(sinceStart(), dice.next())?.fault;
        const answer = this.#answer(request, fault);
        const said = answer.kind === "answer" ? answer.status : answer.kind;
        trace.tell(name, `${fault ?? "well"} ${said} ${request.headers["webhook-id"]}`);
        return answer;
    }
    #answer(request, fault) {
        switch (fault) {
            case "refuse":
            case "reset":
                return { kind: "reset" };
            case "hang":
                return { kind: "hang" };
            case "status-429":
                return { kind: "answer", status: 429, headers: { "retry-after": "7" } };
            case "status-503":
                return { kind: "answer", status: 503 };
            case "status-401":
                return { kind: "answer", status: 401 };
            case "lost-answer":
                this.#take(request);
                return this.#options.dice.is(0.5) ? { kind: "reset" } : { kind: "hang" };
            case "slow":
                return {
                    kind: "answer",
                    status: this.#take(request),
                    delayMs: this.#options.dice.whole(500, 20_000),
                };
            case undefined:
                return { kind: "answer", status: this.#take(request) };
        }
    }
    #take(request) {
        const { trace } = this.#options;
        const batch = request.headers["webhook-id"] ?? "";
        const body = new TextDecoder().decode(request.body);
        const said = hashOf(body);
        const before = this.#said.get(batch);
        if (before !== undefined && before !== said) {
            trace.violate("once", `Batch ${batch} came again with another content`);
        }
        this.#said.set(batch, said);
        if (this.#taken.has(batch))
            return 200;
        const { records } = JSON.parse(body).data;
        if (records.some(({ id }) => this.isBad(id)))
            return 422;
        this.#taken.add(batch);
        for (const record of records)
            this.receiver.apply(record, batch);
        return 200;
    }
}
/** As much of two hashes as a number holds. */
function hashOf(body) {
    const hash = { low: 0, high: 0 };
    hashText(body, hash);
    return (hash.high >>> 11) * 2 ** 32 + (hash.low >>> 0);
}
