import { createHmac } from "node:crypto";
import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
const EVERY_MS = 10 * SECOND_MS;
const TIMEOUT_MS = 10 * SECOND_MS;
const KEEPS_MS = 120 * MINUTE_MS;
const PAGE_MAX = 500;
const REPEATED = 200;
/** An upstream that calls the hub: keeps each report until it has a 202, for two hours. */
export class Sender {
    #options;
    #sent = 0;
    #frozen;
    #isPosting = false;
    constructor(options) {
        this.#options = options;
        const { clock } = options;
        const post = () => {
            this.#post();
            clock.after(EVERY_MS, post, { ref: false });
        };
        clock.after(SECOND_MS, post, { ref: false });
    }
    #post() {
        const { hub, clock, sinceStart, scenario, cast, fleet, told } = this.#options;
        const atMs = sinceStart();
        const isHit = scenario.hits === "all" || cast.upstream.index === 0;
        const isAway = scenario.network.some(({ fromMs, toMs, fault }) => isHit && fromMs <= atMs && atMs < toMs && fault !== "slow");
        const endpoint = hub()?.endpoints.find(({ path }) => path === this.#path);
        if (this.#isPosting || isAway || endpoint === undefined)
            return;
        fleet.advanceTo(clock.now());
        const isTroubled = isHit && scenario.trouble.fromMs <= atMs && atMs < scenario.trouble.toMs;
        const speech = isTroubled ? scenario.speech : undefined;
        const page = this.#page(speech === "repeated");
        if (speech !== "frozen")
            this.#frozen = undefined;
        if (page.reports.length === 0 && this.#frozen === undefined && !cast.voice.isSnapshot)
            return;
        const body = this.#frozen ?? cast.voice.write(page, speech);
        const isNew = this.#frozen === undefined;
        if (speech === "frozen")
            this.#frozen = body;
        this.#isPosting = true;
        let isOver = false;
        const over = (status) => {
            if (isOver)
                return;
            isOver = true;
            cancel();
            this.#isPosting = false;
            if (status !== 202 || !isNew)
                return;
            this.#sent = Math.max(this.#sent, page.highest);
            if (speech !== "renamed")
                for (const report of page.reports)
                    if (!report.isBad)
                        told(report);
            if (page.more)
                this.#post();
        };
        const cancel = clock.after(TIMEOUT_MS, () => over(0), { ref: false });
        endpoint.handle(this.#request(body)).then(({ status }) => over(status), () => over(500));
    }
    #page(isRepeated) {
        const { fleet, clock, cast } = this.#options;
        const now = clock.now();
        if (cast.voice.isSnapshot)
            return { now, reports: fleet.newest(now), more: false, highest: 0 };
        const all = fleet.after(isRepeated ? this.#sent - REPEATED : this.#sent, now - KEEPS_MS);
        const reports = all.slice(0, PAGE_MAX);
        return {
            now,
            reports,
            more: all.length > reports.length,
            highest: reports.at(-1)?.sequence ?? this.#sent,
        };
    }
    /** How the hub knows who sent it. */
    #proof(secret, body) {
        const { auth, header } = this.#chosen;
        switch (auth) {
            case "bearer":
                return { authorization: `Bearer ${secret}` };
            case "header":
                return { [header?.toLowerCase() ?? "x-api-key"]: secret };
            case "hmac-sha256": {
                const digest = createHmac("sha256", secret).update(body).digest("hex");
                return { [header?.toLowerCase() ?? "x-signature"]: `sha256=${digest}` };
            }
            case "standard-webhooks": {
                const timestamp = String(Math.floor(this.#options.clock.now() / SECOND_MS));
                const id = `drill-${timestamp}`;
                const hmac = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(body);
                return {
                    "webhook-id": id,
                    "webhook-timestamp": timestamp,
                    "webhook-signature": `v1,${hmac.digest("base64")}`,
                };
            }
            default:
                return {};
        }
    }
    get #path() {
        return this.#chosen.path ?? `/ingest/${encodeURIComponent(this.#options.feed)}`;
    }
    get #chosen() {
        return this.#options.cast.upstream.source.options;
    }
    #request(body) {
        const { voice, upstream } = this.#options.cast;
        const secret = upstream.secrets[this.#chosen.verifyWith?.[0] ?? "secret"] ?? "";
        return {
            method: "POST",
            path: this.#path,
            params: {},
            query: {},
            headers: {
                "content-type": voice.contentType,
                ...this.#proof(secret, body),
            },
            body,
            remoteAddress: "192.0.2.7",
            signal: new AbortController().signal,
        };
    }
}
