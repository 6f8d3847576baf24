import { z } from "zod";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
/**
 * Quantities as people write them in a configuration, and the zod schemas of options that take them:
 * duration = number unit { number unit }   unit = "ms" | "s" | "m" | "min" | "h" | "d"     20s, 1h30m, 250ms
 * bytes    = number unit                   unit = "B" | "kB" | "KiB" | "MB" | "MiB" | "GB" | "GiB" | "TB" | "TiB"
 * rate     = count "/" [ number ] unit     12/min, 10000/day, 64KiB/s
 */
const DURATION_UNITS = {
    ms: 1,
    s: SECOND_MS,
    m: MINUTE_MS,
    min: MINUTE_MS,
    h: HOUR_MS,
    d: DAY_MS,
    second: SECOND_MS,
    minute: MINUTE_MS,
    hour: HOUR_MS,
    day: DAY_MS,
};
const BYTE_UNITS = {
    B: 1,
    kB: 1e3,
    KB: 1e3,
    KiB: 1024,
    MB: 1e6,
    MiB: 1024 ** 2,
    GB: 1e9,
    GiB: 1024 ** 3,
    TB: 1e12,
    TiB: 1024 ** 4,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|min|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|min|m|h|d)/g;
const BYTES = /^(\d+(?:\.\d+)?)\s?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)$/;
const COUNT = /^\d+(?:\.\d+)?$/;
const PER = /^(\d+(?:\.\d+)?)?(ms|s|min|m|h|d|second|minute|hour|day)$/;
/** For editors only; `parseRate` decides. */
const RATE = "^\\d[^/]*/\\s*[\\d.]*[a-z]+$";
const TEXT_LENGTH_MAX = 40;
/** Milliseconds, or undefined when it is no duration. */
export function parseDuration(text) {
    if (text.length > TEXT_LENGTH_MAX || !DURATION.test(text))
        return undefined;
    let sum = 0;
    for (const [, count, unit] of text.matchAll(DURATION_PART))
        sum += Number(count) * (DURATION_UNITS[unit ?? ""] ?? 0);
    return Math.round(sum);
}
/** Bytes, or undefined when it is no size. */
export function parseBytes(text) {
    const match = text.length > TEXT_LENGTH_MAX ? null : BYTES.exec(text);
    if (!match)
        return undefined;
    return Math.round(Number(match[1]) * (BYTE_UNITS[match[2] ?? ""] ?? 0));
}
/** A count, or bytes, in a length of time; undefined when it is no rate. */
export function parseRate(text) {
    if (text.length > TEXT_LENGTH_MAX)
        return undefined;
    const [amount = "", per = "", ...rest] = text.split("/");
    const time = PER.exec(per.trim());
    if (!time || rest.length > 0)
        return undefined;
    const trimmed = amount.trim();
    const count = COUNT.test(trimmed) ? Number(trimmed) : parseBytes(trimmed);
    const perMs = Number(time[1] ?? 1) * (DURATION_UNITS[time[2] ?? ""] ?? 0);
    if (count === undefined || count <= 0 || perMs <= 0)
        return undefined;
    return { count, perMs };
}
/** A duration as a person writes it, in the largest unit that is exact: 90000 is `90s`, 900000 is `15m`. */
export function formatDuration(ms) {
    if (ms === 0)
        return "0s";
    for (const [unit, length] of [
        ["d", DAY_MS],
        ["h", HOUR_MS],
        ["m", MINUTE_MS],
        ["s", SECOND_MS],
    ]) {
        if (ms % length === 0)
            return `${ms / length}${unit}`;
    }
    return `${ms}ms`;
}
/** A size as a person writes it, rounded to three digits. */
export function formatBytes(bytes) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let amount = bytes;
    let unit = 0;
    while (amount >= 1024 && unit < units.length - 1) {
        amount /= 1024;
        unit++;
    }
    const digits = amount >= 100 || unit === 0 ? 0 : amount >= 10 ? 1 : 2;
    return `${Number(amount.toFixed(digits))} ${units[unit]}`;
}
/** The zod schema of an option that holds a duration; its output is milliseconds. */
export function durationOption(limits = {}) {
    return quantity(parseDuration, DURATION, "a duration such as 20s, 15m, 1h30m or 250ms", {
        min: limits.minMs ?? 0,
        max: limits.maxMs ?? Number.MAX_SAFE_INTEGER,
        show: formatDuration,
    });
}
/** The zod schema of an option that holds a size; its output is bytes. */
export function bytesOption(limits = {}) {
    return quantity(parseBytes, BYTES, "a size such as 512KiB, 64MiB or 2GB", {
        min: limits.minBytes ?? 0,
        max: limits.maxBytes ?? Number.MAX_SAFE_INTEGER,
        show: formatBytes,
    });
}
/** The zod schema of an option that holds a rate; its output is `{ count, perMs }`. */
export function rateOption() {
    return z
        .string()
        .meta({ pattern: RATE })
        .transform((text, context) => {
        const rate = parseRate(text);
        if (rate)
            return rate;
        context.addIssue({
            code: "custom",
            message: `${JSON.stringify(text)} is not a rate such as 12/min, 10000/day or 64KiB/s`,
        });
        return z.NEVER;
    });
}
function quantity(parse, pattern, what, limits) {
    return z
        .string()
        .meta({ pattern: pattern.source })
        .transform((text, context) => {
        const value = parse(text);
        if (value === undefined) {
            context.addIssue({ code: "custom", message: `${JSON.stringify(text)} is not ${what}` });
            return z.NEVER;
        }
        if (value < limits.min || value > limits.max) {
            const least = limits.show(limits.min);
            const wrong = limits.max === Number.MAX_SAFE_INTEGER
                ? `is too small; the least is ${least}`
                : `is outside of ${least} to ${limits.show(limits.max)}`;
            context.addIssue({ code: "custom", message: `${JSON.stringify(text)} ${wrong}` });
            return z.NEVER;
        }
        return value;
    });
}
