import { REPEATED_MAX } from "./gtfs-realtime.js";
import { listOf, numberOf, objectOf, textOf } from "./json.js";
/** `{ translation: [..] }`; MBTA writes a list of `{ translation: {..} }`. Alerts of a few letters in a thousand languages are not read whole. */
export function translationsOf(value) {
    return objectsOf(value)
        .slice(0, REPEATED_MAX)
        .flatMap((wrapper) => objectsOf(wrapper.translation))
        .slice(0, REPEATED_MAX)
        .map((translation) => ({
        text: typeof translation.text === "string" ? translation.text : undefined,
        language: textOf(translation.language),
    }));
}
export function objectsOf(value) {
    return listOf(value).filter((item) => objectOf(item) !== undefined);
}
export function either(fields, snake, camel) {
    const open = fields;
    return open[snake] ?? open[camel];
}
export function text(fields, snake, camel) {
    return textOf(either(fields, snake, camel));
}
/** Absent is undefined; present and not a number is NaN, so that the reader of it can say that something was removed. */
export function number(value) {
    if (typeof value === "number")
        return value;
    if (value === undefined || value === null || value === "")
        return undefined;
    return numberOf(value) ?? Number.NaN;
}
/** By name in any case, by number, or by a number as text. What has no number becomes NaN. */
export function enumOf(value, names) {
    if (typeof value !== "string" || value === "")
        return number(value);
    let at = names.indexOf(value);
    if (at < 0)
        at = names.indexOf(value.trim().toUpperCase());
    return at >= 0 ? at : (numberOf(value) ?? Number.NaN);
}
