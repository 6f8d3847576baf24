import { BUILTINS } from "../../src/config/builtins.js";
import { SOUGHT } from "../../src/quality/inference/finding.js";
import { type Inference, infer } from "../../src/quality/inference/infer.js";
import { anonymous } from "./anonymous.js";
import { payloadsOf } from "./payloads.js";
import type { Sample, Truth } from "./samples.js";

/** Confidence from which on a person would rely on it without a look. */
export const SURE = 0.6;

export const FIELDS = ["vehicle", "position", "time", "heading", "speed", "trip", "route"] as const;
export type FieldName = (typeof FIELDS)[number];

/** `absent`: the sample does not hold it, and nothing was claimed; `claimed`: it does not, and something was. */
export type Verdict = "right" | "wrong" | "not told" | "absent" | "claimed";

export interface Measured {
	readonly sample: string;
	readonly rows: number;
	readonly verdicts: Readonly<Record<FieldName, Verdict>>;
	/** Of the speed's unit. */
	readonly unit: Verdict;
	readonly confidence: Readonly<Partial<Record<FieldName, number>>>;
	readonly inference: Inference;
	/** Whether every field that was not found is told as unknown, with the reason. */
	readonly isToldWhy: boolean;
	/** Observations that the proposed mapping makes of the sample, and items that it refuses. */
	readonly records: number;
	readonly refused: number;
}

export function measure(folder: string, sample: Sample, withNames: boolean): Measured {
	const original = payloadsOf(folder, sample);
	const changed = withNames
		? { payloads: original, newNames: new Map<string, string>() }
		: anonymous(original);
	const inference = infer(changed.payloads, { timezone: sample.timezone, useNames: withNames });
	const translated = (ends: readonly string[] | undefined) =>
		ends?.map((end) =>
			end
				.split(".")
				.map((step) =>
					step.startsWith("@")
						? `@${changed.newNames.get(step.slice(1)) ?? step.slice(1)}`
						: (changed.newNames.get(step) ?? step),
				)
				.join("."),
		);
	const verdictOf = (field: string, ends: readonly string[] | undefined): Verdict => {
		const finding = inference.findings.find((one) => one.field === field);
		if (ends === undefined) return finding === undefined ? "absent" : "claimed";
		if (finding === undefined) return "not told";
		const full = plain(`${inference.records}.${finding.path}`);
		return (translated(ends) ?? []).some((end) => full === end || full.endsWith(`.${end}`))
			? "right"
			: "wrong";
	};
	const { truth } = sample;
	const [latitude, longitude] = [
		verdictOf("latitude", truth.latitude),
		verdictOf("longitude", truth.longitude),
	];
	const finding = (field: string) => inference.findings.find((one) => one.field === field);
	const confidences = {
		vehicle: finding("vehicleId")?.confidence,
		position: finding("latitude")?.confidence,
		time: finding("eventTime")?.confidence,
		heading: finding("headingDeg")?.confidence,
		speed: finding("speedMps")?.confidence,
		trip: finding("tripId")?.confidence,
		route: finding("gtfsRouteId")?.confidence,
	};
	return {
		sample: sample.path,
		rows: inference.rows,
		verdicts: {
			vehicle: verdictOf("vehicleId", truth.vehicleId),
			position: latitude === longitude ? latitude : "wrong",
			time: timeVerdict(verdictOf("eventTime", truth.eventTime), inference, truth),
			heading: verdictOf("headingDeg", truth.headingDeg),
			speed: verdictOf("speedMps", truth.speedMps),
			trip: verdictOf("tripId", truth.tripId),
			route: verdictOf("gtfsRouteId", truth.gtfsRouteId),
		},
		unit: unitVerdict(inference, truth),
		confidence: Object.fromEntries(Object.entries(confidences).filter(([, value]) => value !== undefined)),
		isToldWhy: inference.unknown.every(({ why }) => why.length > 20) && saysWhatIsMissing(inference),
		inference,
		...replayed(inference, changed.payloads, sample.timezone),
	};
}

function saysWhatIsMissing({ findings, unknown }: Inference): boolean {
	return SOUGHT.every(
		(field) =>
			unknown.some((one) => one.field === field) ||
			findings.some((one) => one.field === (field === "position" ? "latitude" : field)),
	);
}

/** `a[].b[0]."c.d"` as `a.b.c.d`; what stands outside of the record by its name alone. */
function plain(path: string): string {
	return path
		.replaceAll(/\[-?\d*\]|["^]/g, "")
		.replaceAll(/\.{2,}/g, ".")
		.replace(/^\./, "");
}

function timeVerdict(verdict: Verdict, inference: Inference, { time }: Truth): Verdict {
	if (verdict !== "right" || time === undefined) return verdict;
	const reading = inference.findings.find(({ field }) => field === "eventTime")?.reading;
	return reading?.["time"] === time ? "right" : "wrong";
}

function unitVerdict(inference: Inference, { speedMps, unit }: Truth): Verdict {
	const found = inference.findings.find(({ field }) => field === "speedMps")?.reading["unit"];
	if (speedMps === undefined || unit === undefined) return "absent";
	return found === undefined ? "not told" : found === unit ? "right" : "wrong";
}

/** The proposal, run by the decoder that it is for. */
function replayed(
	{ mapping }: Inference,
	payloads: readonly { readonly bytes: Uint8Array }[],
	timezone: string,
): { readonly records: number; readonly refused: number } {
	const decoders = BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (mapping === undefined || decoders === undefined) return { records: 0, refused: 0 };
	const decoder = decoders.create(decoders.options.parse(mapping), { timezone, baseDirectory: "." });
	let records = 0;
	let refused = 0;
	for (const { bytes } of payloads)
		for (const { kind } of decoder.decode({ bytes, receivedTime: 0 }).items)
			if (kind === "rejection") refused++;
			else records++;
	return { records, refused };
}
