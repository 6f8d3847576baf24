import { EVENTS_PARTITION, type EventEntry } from "../log/event.js";
import { unpackFrames } from "../log/frame-pack.js";
import type { Log } from "../log/log.js";
import { unpackRecords } from "../log/record-pack.js";
import { Failure, messageOf } from "../model/failure.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { DAY_MS, type DurationMs, type EpochMs, MINUTE_MS } from "../model/units.js";
import { EVENTS_PAGE_MAX, readEvents } from "./event-page.js";
import { type Incident, IncidentBook } from "./incidents.js";

/** So far back incidents are put together, */
const REACH_MS: DurationMs = 30 * DAY_MS;
/** and of so many events at most, the newest. */
const EVENTS_MAX = 50_000;
/** What happened shortly before may be the cause, and what happened shortly after shows that it is well. */
const MARGIN_MS: DurationMs = 5 * MINUTE_MS;
const TIMELINE_MAX = 500;
const RECORDS_MAX = 500;
const FRAMES_MAX = 20;
const FRAME_BYTES_SHOWN = 2_048;
const PAGE_BYTES = 1024 * 1024;

/** What happens to the hub and its configuration matters to whatever is wrong. */
const ALWAYS = /^(hub\.|store\.(trouble|recovered|repaired)|ledger\.)/;

/** An incident with all that was told while it lasted. */
export interface IncidentStory {
	readonly incident: Incident;
	/** Of the incident, in its order, from five minutes before on: at most 500. */
	readonly timeline: readonly EventEntry[];
	/** How many more there were. */
	readonly omitted: number;
}

/** Records and frames of its feeds while it lasted. No personal field is in it: records never have one, and values of frames are masked. */
export interface IncidentEvidence {
	readonly records: readonly (Omit<TransitRecord, "origin"> & {
		readonly id: string;
		readonly receivedTime: EpochMs;
	})[];
	readonly frames: readonly {
		readonly feed: string;
		readonly upstream: number;
		readonly receivedTime: EpochMs;
		readonly connection: string;
		readonly bytes: number;
		/** Of its first 2 KiB the names and marks; letters and digits of values are masked. */
		readonly masked: string;
	}[];
	/** What could not be had, and why. */
	readonly missing: readonly string[];
}

export type Mask = (bytes: Uint8Array) => string;

/** What a hub can be asked about its incidents. */
export interface IncidentControl {
	/** The newest first; of the last 30 days. */
	list(): readonly Incident[];
	/** Rejects with `request.invalid` for an id that there is not. */
	show(id: string): Promise<IncidentStory>;
	/** `mask` answers a payload without what is in it, for people. */
	evidence(id: string, mask: Mask): Promise<IncidentEvidence>;
	note(id: string, by: string, text: string): Promise<Incident>;
}

/** Incidents of a store, out of its events up to offset `end` (default: all). */
export async function readIncidents(log: Log, now: EpochMs, end = Infinity): Promise<IncidentBook> {
	const book = new IncidentBook();
	const bounds = await log.bounds("events", EVENTS_PARTITION);
	const to = Math.min(end, bounds.end);
	const from = await log.offsetAt("events", EVENTS_PARTITION, now - REACH_MS);
	let offset = Math.max(bounds.start, from, to - EVENTS_MAX);
	while (offset < to) {
		const limit = Math.min(EVENTS_PAGE_MAX, to - offset);
		const { events } = await readEvents(log, { since: `e1-${offset.toString(36)}`, limit });
		if (events.length === 0) break;
		for (const event of events) book.add(event);
		offset += events.length;
	}
	return book;
}

/** The incident with this id, or `request.invalid` with those that there are. */
export function findIncident(book: Pick<IncidentBook, "find" | "list">, id: string): Incident {
	const found = book.find(id);
	if (found) return found;
	const known = book
		.list()
		.slice(0, 10)
		.map((one) => one.id);
	const names =
		known.length === 0 ? "There was none in the last 30 days." : `The last ones: ${known.join(", ")}.`;
	throw new Failure("request.invalid", `There is no incident "${id}". ${names}`);
}

export async function incidentStory(log: Log, incident: Incident, now: EpochMs): Promise<IncidentStory> {
	const [fromTime, toTime] = windowOf(incident, now);
	const timeline: EventEntry[] = [];
	let omitted = 0;
	for (let since: string | undefined; ; ) {
		const page = await readEvents(log, {
			...(since === undefined ? { fromTime } : { since }),
			limit: EVENTS_PAGE_MAX,
		});
		for (const event of page.events) {
			if (event.time < fromTime || event.time > toTime || !belongs(event, incident)) continue;
			if (timeline.length < TIMELINE_MAX) timeline.push(event);
			else omitted++;
		}
		// Of a minute's repetitions the last one is written at its end: whatever is later than that is after the incident.
		const isPast = (page.events[0]?.time ?? 0) > toTime + MINUTE_MS;
		if (!page.more || page.events.length === 0 || isPast) break;
		since = page.next;
	}
	return { incident, timeline: timeline.sort((a, b) => a.time - b.time), omitted };
}

export async function incidentEvidence(
	log: Log,
	incident: Incident,
	now: EpochMs,
	mask: Mask,
): Promise<IncidentEvidence> {
	const feeds = new Set(
		incident.subjects.filter((one) => one.startsWith("feed:")).map((one) => one.slice(5)),
	);
	const [fromTime, toTime] = windowOf(incident, now);
	const missing: string[] = [];
	const isOf = (feed: string, time: EpochMs) => feeds.has(feed) && time >= fromTime && time <= toTime;
	const records: IncidentEvidence["records"][number][] = [];
	const frames: IncidentEvidence["frames"][number][] = [];
	for (let partition = 0; partition < log.partitions("frames"); partition++) {
		try {
			for (const record of await recordsFrom(log, partition, fromTime)) {
				const { origin, ...rest } = record;
				if (records.length < RECORDS_MAX && isOf(origin.feed, origin.receivedTime))
					records.push({ id: recordId(record), receivedTime: origin.receivedTime, ...rest });
			}
			for (const frame of await framesFrom(log, partition, fromTime)) {
				const { feed, upstream, receivedTime, connection, bytes } = frame;
				if (frames.length >= FRAMES_MAX || !isOf(feed, receivedTime)) continue;
				const masked = mask(bytes.subarray(0, FRAME_BYTES_SHOWN));
				frames.push({ feed, upstream, receivedTime, connection, bytes: bytes.length, masked });
			}
		} catch (thrown) {
			missing.push(`Partition ${partition}: ${messageOf(thrown)}`);
		}
	}
	const byTime = (a: { receivedTime: EpochMs }, b: { receivedTime: EpochMs }) =>
		a.receivedTime - b.receivedTime;
	return { records: records.sort(byTime), frames: frames.sort(byTime), missing };
}

function windowOf({ since, resolvedTime }: Incident, now: EpochMs): readonly [EpochMs, EpochMs] {
	return [since - MARGIN_MS, (resolvedTime ?? now) + MARGIN_MS];
}

/** Of its subjects, with the upstreams of its feeds; of the hub itself; and alerts only where they are its own. */
function belongs({ code, subject, details }: EventEntry, { subjects, alerts }: Incident): boolean {
	const base = subject.split("/")[0] ?? subject;
	if (code.startsWith("alert.")) {
		const name = details?.["alert"];
		return name === undefined
			? subjects.includes(base)
			: alerts.some((one) => one.alert === name && one.subject === subject);
	}
	return subjects.includes(base) || ALWAYS.test(code);
}

async function recordsFrom(log: Log, partition: number, time: EpochMs): Promise<readonly TransitRecord[]> {
	const offset = await log.offsetAt("records", partition, time);
	const page = await log.read(
		{ topic: "records", partition, offset },
		{ entriesMax: 2000, bytesMax: PAGE_BYTES },
	);
	return page.packs.flatMap((pack) => unpackRecords(pack, offset).map(({ record }) => record));
}

async function framesFrom(log: Log, partition: number, time: EpochMs) {
	const offset = await log.offsetAt("frames", partition, time);
	const page = await log.read(
		{ topic: "frames", partition, offset },
		{ entriesMax: 200, bytesMax: PAGE_BYTES },
	);
	return page.packs.flatMap((pack) => unpackFrames(pack, offset));
}
