import { partsFromUtc } from "../formats/local-time.js";
import type { Observation, StopTimeEvent } from "../model/observation.js";
import { type FrameOrigin, recordId, type TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";

/** The first and the last instant that ISO 8601 can say with four digits of a year. */
const ISO_MIN: EpochMs = -62_167_219_200_000;
const ISO_MAX: EpochMs = 253_402_300_799_999;

/** Fields of a body that the envelope already says. */
const ENVELOPE = new Set(["kind", "eventTime", "resolutionMs", "flags"]);

// A memo of a pure function: what the records of one frame share is written once per frame.
const originTexts = new WeakMap<FrameOrigin, { readonly before: string; readonly after: string }>();

/**
 * One record as the text of a JSON object without line breaks: what sinks hand to programs of other people. The fields,
 * in this order: `id`, `revision`, `kind`, `key`, `agency`, `feed`, `upstream`, `eventTime`, `headerTime` (absent when
 * the message stated none), `receivedTime`, `flags`, then those of the record's body under their own names.
 *
 * Every instant is ISO 8601 in UTC with milliseconds; one that the calendar cannot say is `null`. Units are SI, last in
 * the name; unknown is absent. The same record always gives the same bytes: retries and restarts depend on it.
 */
export function deliveryJson(record: TransitRecord): string {
	const origin = originText(record.origin);
	const flags = record.flags.length === 0 ? "[]" : JSON.stringify(record.flags);
	return (
		`{"id":${JSON.stringify(recordId(record))},"revision":${record.revision},"kind":"${record.body.kind}"` +
		`,"key":${JSON.stringify(record.key)}${origin.before},"eventTime":${isoText(record.eventTime)}` +
		`${origin.after},"flags":${flags}${bodyText(record.body)}}`
	);
}

/** An instant as a JSON string in ISO 8601, UTC, with milliseconds; `null` when four digits of a year cannot say it. */
export function isoText(time: EpochMs): string {
	if (!(time >= ISO_MIN && time <= ISO_MAX)) return "null";
	const at = partsFromUtc(time);
	return (
		`"${digits(at.year, 4)}-${digits(at.month, 2)}-${digits(at.day, 2)}T${digits(at.hour, 2)}:` +
		`${digits(at.minute, 2)}:${digits(at.second, 2)}.${digits(at.millisecond, 3)}Z"`
	);
}

function digits(value: number, length: number): string {
	return `${value}`.padStart(length, "0");
}

function originText(origin: FrameOrigin): { readonly before: string; readonly after: string } {
	let text = originTexts.get(origin);
	if (!text) {
		const header = origin.headerTime === undefined ? "" : `,"headerTime":${isoText(origin.headerTime)}`;
		text = {
			before:
				`,"agency":${JSON.stringify(origin.agency)},"feed":${JSON.stringify(origin.feed)}` +
				`,"upstream":${origin.upstream}`,
			after: `${header},"receivedTime":${isoText(origin.receivedTime)}`,
		};
		originTexts.set(origin, text);
	}
	return text;
}

/** The fields of the body, each with a comma before it. */
function bodyText(body: Observation): string {
	const plain = withIsoTimes(body);
	// Stored bodies begin with their kind and hold no field of the envelope, so that their text can be taken as it is.
	const text = JSON.stringify(plain);
	const prefix = `{"kind":"${body.kind}"`;
	if (
		body.eventTime === undefined &&
		body.resolutionMs === undefined &&
		body.flags === undefined &&
		text.startsWith(prefix)
	) {
		return text.slice(prefix.length, -1);
	}
	const fields = Object.fromEntries(Object.entries(plain).filter(([name]) => !ENVELOPE.has(name)));
	const rest = JSON.stringify(fields).slice(1, -1);
	return rest === "" ? "" : `,${rest}`;
}

function withIsoTimes(body: Observation): object {
	switch (body.kind) {
		case "stop_visit":
			return { ...body, arrivalTime: iso(body.arrivalTime), departureTime: iso(body.departureTime) };
		case "trip_update":
			return {
				...body,
				stopTimeUpdates: body.stopTimeUpdates.map((update) => ({
					...update,
					arrival: eventWithIso(update.arrival),
					departure: eventWithIso(update.departure),
				})),
			};
		case "service_alert":
			return {
				...body,
				activePeriods: body.activePeriods.map((period) => ({
					start: iso(period.start),
					end: iso(period.end),
				})),
			};
		default:
			return body;
	}
}

function eventWithIso(event: StopTimeEvent | undefined): object | undefined {
	return event && { ...event, time: iso(event.time), scheduledTime: iso(event.scheduledTime) };
}

function iso(time: EpochMs | undefined): string | null | undefined {
	return time === undefined ? undefined : (JSON.parse(isoText(time)) as string | null);
}
