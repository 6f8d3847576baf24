import { readIsoTime } from "../../formats/iso-time.js";
import { offsetMsAt } from "../../formats/local-time.js";
import { compileTime, type TimeReader } from "../../formats/time-pattern.js";
import { HOUR_MS, MINUTE_MS } from "../../model/units.js";
import { median, type Profile, parentOf, type Table } from "./table.js";

/** A column whose values are times. */
export interface TimeColumn {
	readonly profile: Profile;
	/** As a mapping writes it. */
	readonly format: string;
	/** False: local times, which `times` holds as if they were UTC. */
	readonly isAbsolute: boolean;
	/** Epoch milliseconds; NaN where there is none. */
	readonly times: Float64Array;
	/** Days in a column beside it: a template then joins both. */
	readonly date?: Profile;
}

const SAMPLE = 60;
const SHARE = 0.95;
/** 2000 to 2060. */
const EARLIEST = 946_684_800_000;
const LATEST = 2_840_140_800_000;
const EPOCHS = [
	["epoch-s", 1000],
	["epoch-ms", 1],
	["epoch-us", 0.001],
] as const;
const FORMATS = [
	"iso",
	"dotnet",
	"yyyyMMdd HH:mm:ss",
	"yyyyMMdd HH:mm",
	"yyyyMMddHHmmss",
	"yyyy/MM/dd HH:mm:ss",
	"M/d/yyyy H:mm:ss",
	"M/d/yyyy h:mm:ss a",
	"M/d/yyyy H:mm",
	"M/d/yyyy h:mm a",
	"d/M/yyyy H:mm:ss",
	"d.M.yyyy H:mm:ss",
	"d-M-yyyy H:mm:ss",
	"MMM d yyyy h:mm:ss a",
	"MMM d, yyyy h:mm:ss a",
	"d MMM yyyy HH:mm:ss",
];
const DAY = /^\d{4}-\d\d-\d\d$/;
const CLOCK = /^\d\d:\d\d:\d\d(\.\d+)?$/;

/** Every column that holds times, by what its values are. */
export function timeColumns(profiles: readonly Profile[]): readonly TimeColumn[] {
	const found: TimeColumn[] = [];
	for (const profile of profiles) {
		const time = profile.numeric > SHARE ? epochOf(profile) : textTime(profile);
		if (time !== undefined) found.push(time);
	}
	const days = profiles.filter((profile) => all(profile, (text) => DAY.test(text)));
	for (const profile of profiles) {
		const date = days.find((day) => parentOf(day) === parentOf(profile) && day.share >= profile.share);
		if (date === undefined || !all(profile, (text) => CLOCK.test(text))) continue;
		const joined = date.texts.map((day, row) => {
			const clock = profile.texts[row];
			return day === undefined || clock === undefined ? undefined : `${day}T${clock}`;
		});
		const times = readAll(joined, compileTime("iso") as TimeReader);
		found.push({ profile, format: "iso", isAbsolute: false, times, date });
	}
	return found;
}

function all(profile: Profile, test: (text: string) => boolean): boolean {
	const sample = sampleOf(profile);
	return sample.length > 0 && sample.every(test);
}

function sampleOf({ texts }: Profile): readonly string[] {
	const sample: string[] = [];
	const step = Math.max(1, Math.floor(texts.length / (SAMPLE * 4)));
	for (let row = 0; row < texts.length && sample.length < SAMPLE; row += step) {
		const text = texts[row];
		if (text !== undefined) sample.push(text);
	}
	return sample;
}

function epochOf(profile: Profile): TimeColumn | undefined {
	for (const [format, msPer] of EPOCHS) {
		const low = EARLIEST / msPer;
		const high = LATEST / msPer;
		let inside = 0;
		for (const number of profile.numbers) if (number >= low && number <= high) inside++;
		if (inside < SHARE * profile.present || inside === 0) continue;
		return { profile, format, isAbsolute: true, times: profile.numbers.map((number) => number * msPer) };
	}
	// Fourteen digits are a number to who only looks at digits.
	return profile.length === 14 ? textTime(profile) : undefined;
}

function textTime(profile: Profile): TimeColumn | undefined {
	const sample = sampleOf(profile);
	if (sample.length === 0 || profile.length < 8) return undefined;
	for (const format of FORMATS) {
		const reader = compileTime(format);
		if (typeof reader === "string") continue;
		const times = readAll(sample, reader);
		let good = 0;
		for (const time of times) if (time >= EARLIEST && time <= LATEST) good++;
		if (good < SHARE * sample.length) continue;
		const isAbsolute =
			format === "dotnet" ||
			(format === "iso" && sample.every((text) => readIsoTime(text)?.offsetMs !== undefined));
		return { profile, format, isAbsolute, times: readAll(profile.texts, reader) };
	}
	return undefined;
}

function readAll(texts: readonly (string | undefined)[], reader: TimeReader): Float64Array {
	const context = { timezone: "UTC", referenceTime: 0 };
	return Float64Array.from(texts, (text) =>
		text === undefined ? Number.NaN : (reader(text, context)?.time ?? Number.NaN),
	);
}

/**
 * Of each row, what the time was when it was sent: when it was received, else the newest absolute time of the message's
 * own head. NaN where neither is there.
 */
export function referenceTimes(table: Table, columns: readonly TimeColumn[]): Float64Array {
	if (table.received.some((time) => !Number.isNaN(time))) return table.received;
	const head = headOf(table, columns);
	return head === undefined ? new Float64Array(table.rows).fill(Number.NaN) : head.times;
}

/** The time of the message itself: an instant outside of the records, the same for all of a message. */
export function headOf(table: Table, columns: readonly TimeColumn[]): TimeColumn | undefined {
	// The latest of several says until when the message is valid, and not when it was sent.
	const heads = columns.filter(
		({ profile, isAbsolute }) =>
			isAbsolute && profile.column.up > 0 && (profile.isConstantInFrame || table.rows === 1),
	);
	// The latest of them says until when the message is valid, and not when it was sent.
	return heads.sort((a, b) => (a.times[0] ?? 0) - (b.times[0] ?? 0))[0];
}

export interface ZoneReading {
	/** For a mapping; undefined: the agency's own, which a mapping takes anyway. */
	readonly zone: string | undefined;
	readonly isShown: boolean;
	readonly evidence: string;
}

const ZONE_STEP_MS = 15 * MINUTE_MS;
const ZONE_NEAR_MS = 7 * MINUTE_MS;
const ZONE_SHARE = 0.7;
const OFFSET_MAX_MS = 14 * HOUR_MS;

/** In which zone local times are, by absolute ones beside them. */
export function zoneOf(
	column: TimeColumn,
	others: readonly TimeColumn[],
	reference: Float64Array,
	timezone: string | undefined,
): ZoneReading {
	const anchors: readonly (readonly [string, Float64Array])[] = [
		["when it was received", reference],
		...others
			.filter(({ isAbsolute }) => isAbsolute)
			.map(({ profile, times }) => [profile.column.path, times] as const),
	];
	for (const [name, times] of anchors) {
		const shifts: number[] = [];
		for (const [row, time] of column.times.entries()) {
			const shift = time - (times[row] ?? Number.NaN);
			if (Math.abs(shift) <= OFFSET_MAX_MS) shifts.push(shift);
		}
		const middle = median(shifts);
		if (Number.isNaN(middle)) continue;
		const offset = Math.round(middle / ZONE_STEP_MS) * ZONE_STEP_MS;
		const near = shifts.filter((shift) => Math.abs(shift - offset) <= ZONE_NEAR_MS).length;
		if (near < ZONE_SHARE * shifts.length || shifts.length < 1) continue;
		const hours = `${offset < 0 ? "-" : "+"}${Math.abs(offset) / HOUR_MS} h`;
		const anchor = column.times.find((time) => !Number.isNaN(time)) ?? 0;
		const evidence = `its clock is ${hours} from UTC, by ${name} in ${near} of ${shifts.length} rows`;
		if (timezone !== undefined && offsetMsAt(anchor - offset, timezone) === offset)
			return { zone: undefined, isShown: true, evidence: `${evidence}: the agency's zone` };
		if (offset === 0) return { zone: "UTC", isShown: true, evidence: `${evidence}: UTC` };
		if (offset % HOUR_MS !== 0) continue;
		// Etc/GMT counts the other way round.
		const sign = offset < 0 ? "+" : "-";
		return {
			zone: `Etc/GMT${sign}${Math.abs(offset) / HOUR_MS}`,
			isShown: true,
			evidence: `${evidence}; a fixed offset stands in for a zone that is not known`,
		};
	}
	return {
		zone: undefined,
		isShown: false,
		evidence:
			timezone === undefined
				? "local times, and nothing beside them says in which zone"
				: `local times, and nothing beside them says in which zone: the agency's (${timezone}) is assumed`,
	};
}

/** Local times as instants. */
export function instantsOf(column: TimeColumn, zone: string | undefined): Float64Array {
	if (column.isAbsolute || zone === undefined) return column.times;
	return column.times.map((time) => (Number.isNaN(time) ? time : time - offsetMsAt(time, zone)));
}

/** Times that are all on a whole minute, where others show seconds, come from a timetable. */
export function isWholeMinutes({ times }: TimeColumn): boolean {
	const there = [...times].filter((time) => !Number.isNaN(time));
	return there.length > 0 && there.every((time) => time % MINUTE_MS === 0);
}

/** Whether a longitude can be in the zone: a zone spans 15 degrees, and countries stretch it. */
export function longitudeFits(longitude: number, timezone: string, at: number): boolean {
	return zoneDistance(longitude, timezone, at) <= 40;
}

/** Degrees between a longitude and the middle of the zone, as its clock has it. */
export function zoneDistance(longitude: number, timezone: string, at: number): number {
	return Math.abs(longitude - zoneLongitude(timezone, at));
}

function zoneLongitude(timezone: string, at: number): number {
	// The smaller of the offsets of two halves of a year is the one without summer time.
	const other = offsetMsAt(at + 182 * 24 * HOUR_MS, timezone);
	return (Math.min(other, offsetMsAt(at, timezone)) / HOUR_MS) * 15;
}
