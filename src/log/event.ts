import { type EpochMs, MINUTE_MS } from "../model/units.js";
import type { Pack, StoredPack } from "./log.js";

/**
 * One entry of topic `events`: something that happened to the hub, once. The shape is stable (docs/events.md): fields are
 * added, never renamed. No secret and no personal field is in it.
 */
export interface EventEntry {
	readonly time: EpochMs;
	/** `feed:<name>`, `feed:<name>/<upstream>`, `sink:<name>`, `store`, `ledger`, `hub`. */
	readonly subject: string;
	readonly level: "info" | "warn" | "error";
	/** What sort of event it is, such as `feed.gap`: for programs, which must not read the message. */
	readonly code: string;
	/** What happened, in a sentence, for people. */
	readonly message: string;
	readonly details?: Readonly<Record<string, unknown>>;
}

/** The code of an event that tells of a gap; its details are `GapDetails`. */
export const GAP_CODE = "feed.gap";

/** Reports that upstream purged, or never told, before they could be read. The evidence of a posting of step `receive`. */
export interface GapDetails {
	readonly feed: string;
	/** The upstream whose answer showed the gap. */
	readonly upstream: number;
	/** What was lost was told between these two instants. */
	readonly fromTime: EpochMs;
	readonly toTime: EpochMs;
	readonly reports: number;
	/** False: counted by upstream's own numbers. True: time lost, times what is normal. */
	readonly estimated: boolean;
	/** Polls that should have given an answer, where upstream knows the present only. */
	readonly sweeps?: number;
	/** `hub_down`, or the code of the failure that kept the hub from reading, `silence`, or `late`. */
	readonly cause: string;
	/** The account that it is posted to: step `receive` of this feed, this partition and the minute of the event. */
	readonly partition: number;
}

/**
 * All events lie in one partition, so that they have one order and a reader one place in it. They are few: whatever
 * repeats itself is summed up before it gets here.
 */
export const EVENTS_PARTITION = 0;

/** Events as packs, in their order: a pack ends where the minute or the feed changes. */
export function packEvents(events: readonly EventEntry[]): Pack[] {
	const packs: Pack[] = [];
	let run: EventEntry[] = [];
	const close = () => {
		const [first] = run;
		if (first !== undefined) packs.push(packOf(first, run));
		run = [];
	};
	for (const event of events) {
		const [first] = run;
		if (first && (minuteOf(first) !== minuteOf(event) || feedOf(first) !== feedOf(event))) close();
		run.push(event);
	}
	close();
	return packs;
}

function packOf(first: EventEntry, run: readonly EventEntry[]): Pack {
	return {
		topic: "events",
		partition: EVENTS_PARTITION,
		feed: feedOf(first),
		minute: minuteOf(first),
		count: run.length,
		head: "{}",
		body: JSON.stringify(run),
	};
}

function minuteOf({ time }: EventEntry): number {
	return Math.floor(time / MINUTE_MS);
}

/** The feed that an event is about, else its subject: what the pack is filed under. */
function feedOf({ subject }: EventEntry): string {
	return /^feed:([^/]+)/.exec(subject)?.[1] ?? subject;
}

export function unpackEvents(pack: StoredPack): EventEntry[] {
	const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
	return JSON.parse(text) as EventEntry[];
}

/** What an event says of a gap; undefined when it tells of something else, or is damaged. */
export function gapOf(event: EventEntry): GapDetails | undefined {
	if (event.code !== GAP_CODE) return undefined;
	const details = event.details as Partial<GapDetails> | undefined;
	const isWhole =
		typeof details?.feed === "string" &&
		Number.isSafeInteger(details.partition) &&
		Number.isSafeInteger(details.reports) &&
		typeof details.estimated === "boolean";
	return isWhole ? (details as GapDetails) : undefined;
}
