import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import type { GtfsConfig } from "./config.js";

/** Where the schedule of an agency lies, and how often it is looked at: what lies here costs nobody anything. */
export function resolveGtfs(
	option: string | { readonly from: string; readonly every?: number | undefined } | undefined,
	absolute: (path: string) => string,
): GtfsConfig | undefined {
	if (option === undefined) return undefined;
	const { from, every } = typeof option === "string" ? { from: option, every: undefined } : option;
	const isUrl = /^https?:/.test(from);
	return { location: isUrl ? from : absolute(from), everyMs: every ?? (isUrl ? HOUR_MS : MINUTE_MS) };
}
