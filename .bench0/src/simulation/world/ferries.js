import { formatIsoTime, parseIsoTime } from "../../formats/iso-time.js";
import { SECOND_MS } from "../../model/units.js";
import { Weather } from "./weather.js";
const REPORT_EVERY_MS = 13 * SECOND_MS;
const POST_TIMEOUT_MS = 10 * SECOND_MS;
const PATH = "/ingest/ferries";
/** A sender that calls the hub: it keeps each report until it has a 202, and sends it again until then. */
export class Ferries {
    /** `ship/time` of all that was answered 202. */
    settled = new Set();
    outbox = [];
    #options;
    /** By ship and second: the rider feed knows no finer time. */
    #reports = new Map();
    #weather;
    #posting = false;
    constructor(options) {
        this.#options = options;
        this.#weather = new Weather(options.troubles);
    }
    start() {
        const { clock, dice } = this.#options;
        const measure = () => {
            for (let ship = 0; ship < this.#options.count; ship++)
                this.#measure(`ferry-${ship}`, clock.now());
            this.#post();
            clock.after(REPORT_EVERY_MS + dice.whole(0, 6000), measure);
        };
        clock.after(1000, measure);
    }
    /** What the ship measured in that second. */
    reportAt(ship, time) {
        return this.#reports.get(`${ship}/${Math.floor(time / SECOND_MS)}`);
    }
    #measure(ship, time) {
        const report = {
            ship,
            at: formatIsoTime(time),
            lat: round(41.9 + Math.sin(time / 900_000) / 50),
            lon: round(-87.6 + Math.cos(time / 900_000) / 50),
        };
        this.#reports.set(`${ship}/${Math.floor(time / SECOND_MS)}`, report);
        this.outbox.push(report);
    }
    #post() {
        if (this.#posting || this.outbox.length === 0)
            return;
        const { hub, clock, trace, dice, sinceStart } = this.#options;
        const life = hub();
        const fault = this.#weather.faultAt(sinceStart(), dice.next())?.fault;
        const endpoint = life?.hub.endpoints.find(({ path }) => path === PATH);
        if (fault === "unreachable" || endpoint === undefined)
            return;
        // At times the newest goes first, and the rest later: a sender promises no order.
        const count = Math.min(this.outbox.length, dice.whole(1, 30));
        const sent = dice.is(0.1) ? this.outbox.slice(-count) : this.outbox.slice(0, count);
        this.#posting = true;
        let isOver = false;
        const over = (status) => {
            if (isOver)
                return;
            isOver = true;
            cancel();
            this.#posting = false;
            trace.tell("ferries", `${fault ?? "well"} ${status} for ${sent.length} reports`);
            if (status !== 202 || fault === "lost-answer")
                return;
            for (const report of sent) {
                this.settled.add(keyOf(report));
                this.outbox.splice(this.outbox.indexOf(report), 1);
            }
            if (this.outbox.length > 0)
                this.#post();
        };
        const cancel = clock.after(POST_TIMEOUT_MS, () => over(0));
        const alive = () => (life?.isAlive ? undefined : 0);
        endpoint.handle(requestOf(sent)).then(({ status }) => over(alive() ?? status), () => over(alive() ?? 500));
    }
}
function requestOf(reports) {
    return {
        method: "POST",
        path: PATH,
        params: {},
        query: {},
        headers: { "content-type": "application/json" },
        body: new TextEncoder().encode(JSON.stringify({ reports })),
        remoteAddress: "192.0.2.7",
        signal: new AbortController().signal,
    };
}
function keyOf({ ship, at }) {
    return `${ship}/${parseIsoTime(at)?.time}`;
}
function round(degrees) {
    return Math.round(degrees * 1e6) / 1e6;
}
