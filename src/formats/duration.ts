import { z } from "zod";
import type { DurationMs } from "../model/units.js";

const UNIT_MS: Readonly<Record<string, number>> = {
	ms: 1,
	s: 1_000,
	m: 60_000,
	min: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};
const PART = /(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d)/y;
/** A hundred years: what is longer is a slip of the pen, and would not fit where durations are added to times. */
const LONGEST_MS = 100 * 366 * 86_400_000;

/**
 * A duration as people write it in a configuration, in milliseconds: `250ms`, `60s`, `5m` (or `5min`), `1h30m`, `2d`,
 * or a bare number of milliseconds. `undefined` when it is not one: empty, negative, without a unit, or above a
 * hundred years.
 */
export function parseDuration(value: string | number): DurationMs | undefined {
	if (typeof value === "number") return within(value);
	const text = value.trim();
	if (text === "" || text.length > 40) return undefined;
	let total = 0;
	let at = 0;
	while (at < text.length) {
		PART.lastIndex = at;
		const part = PART.exec(text);
		if (part === null) return undefined;
		total += Number(part[1]) * (UNIT_MS[part[2] as string] as number);
		at = PART.lastIndex;
		while (text[at] === " ") at++;
	}
	return within(total);
}

function within(milliseconds: number): DurationMs | undefined {
	return milliseconds >= 0 && milliseconds <= LONGEST_MS ? milliseconds : undefined;
}

/** The shortest text that `parseDuration` reads back to the same number: `90000` is `90s`, `300000` is `5m`. */
export function formatDuration(milliseconds: DurationMs): string {
	for (const unit of ["d", "h", "m", "s"] as const) {
		const size = UNIT_MS[unit] as number;
		if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
	}
	return `${milliseconds}ms`;
}

/**
 * A duration among the options of a plug-in or of the configuration: text or milliseconds in, milliseconds out.
 * Give its default with `.prefault("60s")`, so that the published schema shows the default as people write it.
 */
export const durationOption = z.codec(
	z.union([z.string(), z.number()]),
	z.number().meta({ description: "Milliseconds." }),
	{
		decode: (value, context) => {
			const milliseconds = parseDuration(value);
			if (milliseconds !== undefined) return milliseconds;
			context.issues.push({
				code: "custom",
				message: `${JSON.stringify(value)} is not a duration: write it like 250ms, 60s, 5m, 1h30m or 2d`,
				input: value,
			});
			return z.NEVER;
		},
		encode: (milliseconds) => formatDuration(milliseconds),
	},
);
