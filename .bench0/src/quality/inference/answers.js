import { confidenceOf, isNamed, othersOf, ranked, } from "./finding.js";
import { candidatesOf } from "./places.js";
/** What is less sure than this is no proposal, but something that could not be told. */
const CONFIDENCE_MIN = 0.3;
/** Records below which nothing is known of who shares what. */
const FEW = 4;
/** Collects what was found, and what was not. */
export class Answers {
    findings = [];
    unknown = [];
    #useNames;
    constructor(useNames) {
        this.#useNames = useNames;
    }
    found(field) {
        return this.findings.find((finding) => finding.field === field);
    }
    id(candidates, table) {
        const [best] = candidates;
        if (table.rows < FEW && best !== undefined && !(this.#useNames && isNamed("vehicleId", best.profile))) {
            const paths = candidates.slice(0, 4).map(({ profile }) => profile.column.path);
            this.#missing("vehicleId", "so few records do not show which value tells vehicles apart; some messages in a row would", paths);
            return;
        }
        this.#settle("vehicleId", candidates, {}, () => "no value stays with a vehicle that drives continuously, or is its own in each message");
    }
    place(pairs) {
        const [pair] = pairs;
        if (pair === undefined) {
            this.#missing("position", "no two numbers can be degrees of latitude and longitude: there is none, or it is projected, swapped out of the area, or one text");
            return;
        }
        for (const which of ["latitude", "longitude"]) {
            const candidates = candidatesOf(pairs, which);
            const doubt = pair.isOrderShown ? 0 : 0.15;
            const confidence = confidenceOf(which, candidates, this.#useNames) - doubt;
            this.findings.push({
                field: which,
                path: pair[which].column.path,
                confidence: Number(Math.max(CONFIDENCE_MIN, confidence).toFixed(2)),
                evidence: pair.evidence,
                reading: pair.scale === 1 ? {} : { scale: pair.scale },
                others: othersOf(candidates),
            });
        }
    }
    time(candidates, zone) {
        const [best] = candidates;
        if (best === undefined || zone === undefined) {
            this.#missing("eventTime", "no value can be read as a time with its date; seconds ago show only over several messages");
            return;
        }
        const { column, profile } = best;
        const path = profile.column.path;
        const shared = {
            ...(column.format === "iso" &&
                column.date === undefined &&
                zone.zone === undefined &&
                profile.share === 1
                ? {}
                : { time: column.format }),
            ...(zone.zone === undefined ? {} : { zone: zone.zone }),
            ...(profile.share === 1 ? {} : { required: false }),
        };
        const reading = column.date === undefined ? shared : { template: `{${column.date.column.path}}T{${path}}`, ...shared };
        const confidence = confidenceOf("eventTime", candidates, this.#useNames);
        if (confidence < CONFIDENCE_MIN - 0.05) {
            this.#missing("eventTime", "the only times are those of the message itself; seconds ago show only over several messages", candidates.slice(0, 4).map((candidate) => candidate.profile.column.path));
            return;
        }
        this.findings.push({
            field: "eventTime",
            path,
            confidence: Number(Math.max(0.3, confidence - (zone.isShown ? 0 : 0.1)).toFixed(2)),
            evidence: [...best.evidence, zone.evidence],
            reading,
            others: othersOf(candidates),
        });
        if (!zone.isShown)
            this.#missing("eventTime", `its zone: ${zone.evidence}`);
    }
    /** Seconds since the report, which one message alone cannot show: only a name makes them likely. */
    age(profiles) {
        if (!this.#useNames)
            return;
        const profile = profiles.find((one) => one.column.up === 0 &&
            one.numeric === 1 &&
            one.whole === 1 &&
            one.min >= 0 &&
            one.max <= 3600 &&
            isNamed("age", one));
        if (profile === undefined)
            return;
        this.findings.push({
            field: "eventTime",
            path: profile.column.path,
            confidence: 0.35,
            evidence: [
                `whole numbers from ${profile.min} to ${profile.max}; that they are seconds before the message is told by the name alone`,
            ],
            reading: { time: "seconds-ago" },
            others: [],
        });
    }
    heading(candidates, steps) {
        const best = this.#settle("headingDeg", candidates, {}, () => steps.length === 0
            ? "no vehicle is seen at two times, and no column shows all directions"
            : "no column goes with the direction in which vehicles drove");
        return best?.profile;
    }
    speed(candidates, steps) {
        const order = ranked("speedMps", candidates, this.#useNames);
        const [best] = order;
        const unit = best === undefined || best.unitConfidence < 0.4 ? undefined : best.unit;
        const found = this.#settle("speedMps", candidates, unit === undefined ? {} : { unit }, () => steps.length === 0
            ? "no vehicle is seen at two times, so no column can be held against how far one drove"
            : "no column goes with how far vehicles drove", unit === undefined || best === undefined ? [] : [best.unitEvidence]);
        if (found !== undefined && unit === undefined && best !== undefined)
            this.#missing("speedMps", `its unit: ${best.unitEvidence}; it is kept aside as speedAsSent`);
    }
    journeys({ trips, routes }, steps, table) {
        const why = table.rows === 1
            ? "one record shows nothing that is shared or that changes"
            : steps.length === 0
                ? "a single moment shows too little of what changes and what stays"
                : undefined;
        const trip = this.#settle("tripId", trips, {}, () => why ?? "no value stays with one vehicle for a while and then changes");
        this.#settle("gtfsRouteId", routes.filter(({ profile }) => profile !== trip?.profile), {}, () => why ?? "no value is shared by vehicles and lasts: with one vehicle it cannot be told");
    }
    #settle(field, candidates, reading, why, evidence = []) {
        const order = ranked(field, candidates, this.#useNames);
        const [best] = order;
        const confidence = confidenceOf(field, order, this.#useNames);
        if (best === undefined || confidence < CONFIDENCE_MIN) {
            this.#missing(field, why(), order.slice(0, 4).map(({ profile }) => profile.column.path));
            return undefined;
        }
        this.findings.push({
            field,
            path: best.profile.column.path,
            confidence,
            evidence: [...best.evidence, ...evidence],
            reading,
            others: othersOf(order),
        });
        return best;
    }
    #missing(field, why, candidates = []) {
        this.unknown.push({ field, why, candidates });
    }
}
