import { localParts } from "../src/formats/local-time.js";
import { localDayAt } from "../src/schedule/local-day.js";
const NAMES_MAX = 10;
/**
 * A BusTime v3 server as its guide describes it: key and quota per local day, ten names per call, `rt` before `vid`,
 * minutes unless `tmres=s`, errors with status 200 and the offending parameter beside the message.
 */
export class BusTimePeer {
    #options;
    #day = -1;
    /** Transactions of the present day, as the vendor counts them: with a good key, and up to the limit. */
    used = 0;
    /** Every request, for the counting of a test. */
    requests = [];
    /** Transactions that were refused because the limit was reached. */
    overLimit = 0;
    key;
    /** Calls to answer with 503, by their number of those to come. */
    failing = [];
    constructor(options) {
        this.#options = options;
        this.key = options.key;
    }
    handle(request) {
        const now = this.#options.clock.now();
        const call = request.path.split("/").at(-1) ?? "";
        const { query } = request;
        this.requests.push({ time: now, call, query });
        if (this.failing.some((fails) => fails(query)))
            return { kind: "answer", status: 503, body: "busy" };
        const refusal = this.#refusal(query, now);
        if (refusal !== undefined)
            return answer({ error: [{ msg: refusal }] }, query);
        if (call === "getroutes") {
            const routes = this.#options.routes.map((rt) => ({
                rt,
                rtnm: `Route ${rt}`,
                rtclr: "#336633",
                rtdd: rt,
            }));
            return answer({ routes }, query);
        }
        if (call !== "getvehicles")
            return answer({ error: [{ msg: "Unsupported function" }] }, query);
        return answer(this.#vehicles(query, now), query);
    }
    #refusal(query, now) {
        const { timezone, limit } = this.#options;
        if (query["key"] === undefined)
            return "No API access key supplied";
        if (query["key"] !== this.key)
            return "Invalid API access key supplied";
        const day = localDayAt(now, timezone).index;
        if (day !== this.#day) {
            this.#day = day;
            this.used = 0;
        }
        if (this.used >= limit) {
            this.overLimit++;
            return "Transaction limit for current day has been exceeded.";
        }
        this.used++;
        return undefined;
    }
    #vehicles(query, now) {
        const by = query["rt"] === undefined ? "vid" : "rt";
        const text = query[by];
        if (text === undefined || text === "")
            return { error: [{ msg: "rt or vid parameter is required" }] };
        const names = text.split(",");
        if (names.length > NAMES_MAX)
            return { error: [{ msg: "Maximum number of routes or vehicles exceeded" }] };
        const vehicle = [];
        const error = [];
        for (const name of names) {
            const found = this.#options.buses.filter((bus) => bus[by] === name && this.#runs(bus, now));
            if (found.length === 0)
                error.push({ [by]: name, msg: "No data found for parameter" });
            for (const bus of found)
                vehicle.push(this.#row(bus, now, query["tmres"] === "s"));
        }
        return { ...(vehicle.length === 0 ? {} : { vehicle }), ...(error.length === 0 ? {} : { error }) };
    }
    #runs({ fromHour, untilHour }, now) {
        const { hour, minute } = localParts(now, this.#options.timezone);
        const time = hour + minute / 60;
        return (time >= fromHour && time < untilHour) || (time + 24 >= fromHour && time + 24 < untilHour);
    }
    #row({ vid, rt, fields }, now, hasSeconds) {
        const everyMs = this.#options.reportEveryMs ?? 30_000;
        const phase = (Number.parseInt(vid, 10) * 7_919) % everyMs;
        const reported = Math.floor((now - phase) / everyMs) * everyMs + phase;
        const at = localParts(reported, this.#options.timezone);
        const two = (value) => String(value).padStart(2, "0");
        const seconds = hasSeconds ? `:${two(at.second)}` : "";
        const turn = (reported / everyMs) % 1000;
        return {
            vid,
            tmstmp: `${at.year}${two(at.month)}${two(at.day)} ${two(at.hour)}:${two(at.minute)}${seconds}`,
            lat: (41.9 + turn / 100_000).toFixed(6),
            lon: (-87.6 - (Number.parseInt(vid, 10) % 100) / 1_000).toFixed(6),
            hdg: "90",
            pid: 1,
            rt,
            des: "Downtown",
            pdist: 100,
            dly: false,
            tatripid: `t${vid}`,
            origtatripno: `o${vid}`,
            tablockid: `b${vid}`,
            zone: "",
            ...fields,
        };
    }
}
function answer(body, query) {
    const headers = { "content-type": query["format"] === "json" ? "application/json" : "text/xml" };
    if (query["format"] === "json") {
        return { kind: "answer", status: 200, headers, body: JSON.stringify({ "bustime-response": body }) };
    }
    const text = Object.entries(body)
        .map(([name, rows]) => rowsOf(name === "routes" ? "route" : name, rows))
        .join("");
    return {
        kind: "answer",
        status: 200,
        headers,
        body: `<?xml version="1.0"?><bustime-response>${text}</bustime-response>`,
    };
}
/** Of the values only plain ones are written here: nothing needs to be escaped. */
function rowsOf(name, rows) {
    return rows
        .map((row) => `<${name}>${Object.entries(row)
        .map(([key, value]) => `<${key}>${value}</${key}>`)
        .join("")}</${name}>`)
        .join("");
}
