import { expect } from "vitest";
import { FAILURE_KINDS, Failure } from "../model/failure.js";
const PERSONAL_NAME = /driver|operator|^oper|^oid$|employee|badge|crew|conductor|person|phone|e-?mail/i;
/** Everything that a decoded frame must be for intake to carry it on without looking twice. */
export function expectValid(decoded) {
    expect(Array.isArray(decoded.items)).toBe(true);
    if (decoded.headerTime !== undefined)
        expectTime(decoded.headerTime);
    if (decoded.failure !== undefined) {
        expect(decoded.failure).toBeInstanceOf(Failure);
        expect(decoded.failure.message.length).toBeGreaterThan(0);
    }
    for (const notice of decoded.notices ?? [])
        expect(typeof notice).toBe("string");
    for (const item of decoded.items) {
        if (item.kind === "rejection") {
            if (!Object.hasOwn(FAILURE_KINDS, item.code))
                throw new Error(`code ${item.code} is not known`);
            if (item.message.length === 0)
                throw new Error("a rejection says what was wrong");
            if ((item.sample?.length ?? 0) > 1_100)
                throw new Error("a rejection's sample is short");
        }
        else
            expectObservation(item);
    }
}
const RANGES = {
    latitude: [-90, 90],
    longitude: [-180, 180],
    headingDeg: [0, 359.999999999],
    speedMps: [0, 1e9],
    odometerM: [-1e12, 1e12],
    scheduleDeviationS: [-1e12, 1e12],
    currentStopSequence: [0, 2 ** 53],
    occupancyPercentage: [0, 1e9],
    directionId: [0, 1],
    resolutionMs: [1, 86_400_000],
};
/** Plain comparisons: an assertion object for each of the values would take most of a fuzz run's time. */
function expectObservation(item) {
    const wrong = (name, value) => {
        throw new Error(`${name} must not be ${JSON.stringify(value)} in ${JSON.stringify(item).slice(0, 600)}`);
    };
    for (const [name, value] of Object.entries(item)) {
        if (value === undefined)
            continue;
        const range = RANGES[name];
        if (range !== undefined) {
            if (typeof value !== "number" || !(value >= range[0] && value <= range[1]))
                wrong(name, value);
        }
        else if (typeof value === "string" && (value.length === 0 || value !== value.trim()))
            wrong(name, value);
        else if (typeof value === "number" && !Number.isFinite(value))
            wrong(name, value);
        else if (value === null)
            wrong(name, value);
    }
    if (item.eventTime !== undefined)
        expectTime(item.eventTime);
    if ((item.latitude === undefined) !== (item.longitude === undefined))
        wrong("longitude", item.longitude);
    if (item.latitude === 0 && item.longitude === 0)
        wrong("latitude", 0);
    if (item.serviceDate !== undefined && !/^\d{8}$/.test(item.serviceDate))
        wrong("serviceDate", item.serviceDate);
    if (item.startTime !== undefined && !/^\d{2,3}:[0-5]\d:[0-5]\d$/.test(item.startTime)) {
        wrong("startTime", item.startTime);
    }
    const flags = item.flags ?? [];
    if (new Set(flags).size !== flags.length)
        wrong("flags", flags);
    for (const [name, value] of Object.entries(item.attributes ?? {})) {
        if (PERSONAL_NAME.test(name))
            throw new Error(`attribute ${name} looks personal`);
        const isPlain = typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
        if (!isPlain)
            throw new Error(`attribute ${name} is not a plain value`);
    }
}
function expectTime(time) {
    if (!Number.isSafeInteger(time) || Math.abs(time) > 8.64e15)
        throw new Error(`time ${time} is not an instant`);
}
