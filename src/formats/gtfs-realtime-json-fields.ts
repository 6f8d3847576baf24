import { REPEATED_MAX, type TranslationMessage } from "./gtfs-realtime.js";
import { listOf, numberOf, objectOf, textOf } from "./json.js";

/** Members of the JSON forms of GTFS-realtime, in any of their spellings. */

/** The names that read the same in both spellings. The others go through `either`. */
export type Fields = Readonly<Partial<Record<PlainName, unknown>>>;
type PlainName =
	| "alert"
	| "arrival"
	| "bearing"
	| "cause"
	| "delay"
	| "departure"
	| "effect"
	| "end"
	| "entity"
	| "header"
	| "id"
	| "image"
	| "incrementality"
	| "label"
	| "language"
	| "latitude"
	| "longitude"
	| "odometer"
	| "position"
	| "modifications"
	| "shape"
	| "speed"
	| "start"
	| "stop"
	| "text"
	| "time"
	| "timestamp"
	| "translation"
	| "trip"
	| "uncertainty"
	| "url"
	| "vehicle";

/** `{ translation: [..] }`; MBTA writes a list of `{ translation: {..} }`. Alerts of a few letters in a thousand languages are not read whole. */
export function translationsOf(value: unknown): TranslationMessage[] {
	return objectsOf(value)
		.slice(0, REPEATED_MAX)
		.flatMap((wrapper) => objectsOf(wrapper.translation))
		.slice(0, REPEATED_MAX)
		.map((translation) => ({
			text: typeof translation.text === "string" ? translation.text : undefined,
			language: textOf(translation.language),
		}));
}

export function objectsOf(value: unknown): Fields[] {
	return listOf(value).filter((item): item is Fields => objectOf(item) !== undefined);
}

export function either(fields: Fields, snake: string, camel: string): unknown {
	const open = fields as Readonly<Record<string, unknown>>;
	return open[snake] ?? open[camel];
}

export function text(fields: Fields, snake: string, camel: string): string | undefined {
	return textOf(either(fields, snake, camel));
}

/** Absent is undefined; present and not a number is NaN, so that the reader of it can say that something was removed. */
export function number(value: unknown): number | undefined {
	if (typeof value === "number") return value;
	if (value === undefined || value === null || value === "") return undefined;
	return numberOf(value) ?? Number.NaN;
}

/** By name in any case, by number, or by a number as text. What has no number becomes NaN. */
export function enumOf(value: unknown, names: readonly (string | undefined)[]): number | undefined {
	if (typeof value !== "string" || value === "") return number(value);
	let at = names.indexOf(value);
	if (at < 0) at = names.indexOf(value.trim().toUpperCase());
	return at >= 0 ? at : (numberOf(value) ?? Number.NaN);
}
