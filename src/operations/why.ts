import { unpackFrames } from "../log/frame-pack.js";
import type { LetterPlace, LetterState, ListedLetter } from "../log/letters.js";
import type { Log } from "../log/log.js";
import { Failure, messageOf } from "../model/failure.js";
import type { Kind } from "../model/observation.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from "../model/units.js";
import { type FeedThen, feedThen } from "./feed-then.js";
import { type FoundRecord, newestOfKeys, recordsOfId, visitRecords } from "./record-search.js";

/** What became of a vehicle, a record or a dead letter: from the connection to every sink. DESIGN section 8. */
export interface WhyReport {
	readonly asked: string;
	/** What was found, or where it was looked for; and what to do next where nothing was. */
	readonly sentence: string;
	/** Its newest record, or the record that was asked for. */
	readonly record?: RecordStory;
	/** Those before it, or the earlier revisions of it, newest first. */
	readonly earlier: readonly RecordBrief[];
	readonly letter?: LetterStory;
	/** Causes of dead letters whose newest sample names what was asked for. */
	readonly issues: readonly IssueMention[];
	/** Vehicles that reported lately and are spelled alike. */
	readonly lookalikes: readonly string[];
	/** How each feed is, where a hub runs and nothing was found. */
	readonly feeds: readonly { readonly name: string; readonly sentence: string }[];
}

export interface RecordBrief {
	readonly id: string;
	readonly revision: number;
	readonly eventTime: EpochMs;
	readonly receivedTime: EpochMs;
	readonly flags: readonly string[];
}

export interface RecordStory extends RecordBrief {
	readonly place: LetterPlace;
	readonly feed: string;
	/** How the feed was when it came. */
	readonly feedThen?: FeedThen;
	readonly upstream: number;
	readonly headerTime?: EpochMs | undefined;
	readonly decoder: string;
	readonly contract?: string | undefined;
	readonly schedule?: string | undefined;
	/** Which item of the frame it was. */
	readonly index: number;
	readonly frame: FrameStory;
	readonly body: TransitRecord["body"];
	readonly sinks: readonly SinkStory[];
}

/** `bytes` and `connection` are absent when the frame is kept no more, and `sentence` says why. */
export interface FrameStory extends LetterPlace {
	readonly bytes?: number;
	readonly connection?: string;
	readonly sentence: string;
}

export interface SinkStory {
	readonly name: string;
	readonly state: "shown" | "left_out" | "delivered" | "waiting" | "dead_lettered" | "not_routed" | "unknown";
	readonly sentence: string;
}

export interface LetterStory extends LetterPlace {
	readonly issue: string;
	readonly state: LetterState;
	readonly time: EpochMs;
	readonly receivedTime: EpochMs;
	readonly stage: string;
	readonly feed: string;
	readonly decoder: string;
	readonly code: string;
	readonly message: string;
	readonly index?: number | undefined;
	readonly sample?: string | undefined;
	readonly frame: FrameStory;
	/** Of a sink: the record that it refused. */
	readonly recordId?: string | undefined;
}

export interface IssueMention {
	readonly id: string;
	readonly subject: string;
	readonly code: string;
	readonly message: string;
	readonly lastTime: EpochMs;
}

/** What is asked of a sink. The hub fills it in; where none runs, cursors are all that is known. */
export interface WhySink {
	readonly name: string;
	/** The first route that takes the record decides. Absent kinds: all. */
	readonly routes: readonly {
		readonly feed: string;
		readonly kinds?: readonly Kind[] | undefined;
		readonly mode: "latest" | "every";
	}[];
	/** `serving`: it serves the present state. `unknown`: no hub runs, so all there is to ask is the cursor. */
	readonly kind: "serving" | "delivery" | "unknown";
	/** The next offset that it takes of this partition. */
	cursor(partition: number): Promise<number | undefined>;
	/** Of a serving sink of a running hub. */
	readonly explain?: (
		record: TransitRecord,
	) => { readonly isShown: boolean; readonly sentence: string } | undefined;
	/** How it is now, where a hub runs. */
	readonly sentence?: string | undefined;
}

export interface WhyContext {
	readonly log: Log;
	readonly now: EpochMs;
	readonly agencies: readonly string[];
	readonly sinks: readonly WhySink[];
	/** Empty where no hub runs. */
	readonly feeds: WhyReport["feeds"];
}

/** The routes to a sink, in the order of the configuration. */
export function routesTo(
	routes: readonly {
		readonly from: string;
		readonly to: readonly string[];
		readonly kinds: readonly Kind[] | undefined;
		readonly mode: "latest" | "every";
	}[],
	sink: string,
): WhySink["routes"] {
	return routes
		.filter(({ to }) => to.includes(sink))
		.map(({ from, kinds, mode }) => ({ feed: from, kinds, mode }));
}

const REACHES_MS: readonly DurationMs[] = [15 * MINUTE_MS, 2 * HOUR_MS, 24 * HOUR_MS];
const EARLIER_MAX = 5;
const ALIKE_WITHIN_MS = 15 * MINUTE_MS;
const ALIKE_MAX = 8;
const ISSUES_MAX = 50;
/** Dead letters of one sink that are looked through for a record. */
const LETTERS_MAX = 20_000;
const LETTER_PAGE = 1000;
const ASKED_LENGTH_MAX = 300;

/**
 * Tells the story of what `asked` names: a record by its id, a dead letter by its place (`partition/offset`), else a
 * vehicle by its id, label, upstream's own id or key. Rejects with `request.invalid` for a text that can be none.
 */
export async function why(asked: string, context: WhyContext): Promise<WhyReport> {
	if (asked.trim() === "" || asked.length > ASKED_LENGTH_MAX) {
		throw new Failure(
			"request.invalid",
			`What is asked for has ${asked.length} characters; it is an id of 1 to ${ASKED_LENGTH_MAX}`,
		);
	}
	const place = /^(\d{1,4})\/(\d{1,15})$/.exec(asked);
	if (place !== null) {
		return await whyLetter(asked, { partition: Number(place[1]), offset: Number(place[2]) }, context);
	}
	return /^[a-z_]+\/.+\/-?\d+(\/removed)?$/.test(asked)
		? await whyRecord(asked, context)
		: await whyVehicle(asked, context);
}

async function whyRecord(id: string, context: WhyContext): Promise<WhyReport> {
	const [newest, ...earlier] = await recordsOfId(context.log, id);
	if (newest === undefined) {
		const sentence = "No record has this id: it was never admitted, or retention has removed it.";
		return { ...nothing(id, sentence), feeds: context.feeds };
	}
	const revisions = earlier.length === 0 ? "once" : `${earlier.length + 1} times, each a revision`;
	return await found(id, `It was appended ${revisions}.`, newest, earlier, context);
}

async function whyVehicle(asked: string, context: WhyContext): Promise<WhyReport> {
	const { log, now, agencies } = context;
	const keys = agencies.flatMap((agency) =>
		asked.startsWith(`${agency}:`) ? [asked] : [`${agency}:${asked}`],
	);
	const count = EARLIER_MAX + 1;
	const [newest, ...earlier] = await newestOfKeys(log, keys, { now, reaches: REACHES_MS, count });
	const issues = await mentionsOf(asked, context);
	if (newest !== undefined) {
		const sentence = "This is the newest that is known of it.";
		return { ...(await found(asked, sentence, newest, earlier, context)), issues };
	}
	const { other, lookalikes } = await othersLike(asked, context);
	if (other !== undefined) {
		const sentence = `No record has this as its vehicle; the newest one that mentions it belongs to ${other.record.key}.`;
		return { ...(await found(asked, sentence, other, [], context)), issues };
	}
	const sentence =
		`No record of the last 24 hours names it${lookalikes.length > 0 ? ", but some are spelled alike" : ""}. ` +
		"Upstream does not report it, or what it reports could not be read: see the feeds and the dead letters.";
	return { ...nothing(asked, sentence), issues, lookalikes, feeds: context.feeds };
}

async function whyLetter(asked: string, place: LetterPlace, context: WhyContext): Promise<WhyReport> {
	const { log } = context;
	const page = await log.letters({ from: place, settled: true, limit: 1 });
	const listed = page.letters.find(
		({ partition, offset }) => partition === place.partition && offset === place.offset,
	);
	if (listed === undefined) {
		const sentence = "No dead letter lies at this place: retention has removed it, or it never was.";
		return nothing(asked, sentence);
	}
	const { letter } = listed;
	const story: LetterStory = {
		...place,
		issue: listed.issue,
		state: listed.state,
		time: letter.time,
		receivedTime: letter.receivedTime,
		stage: letter.stage,
		feed: letter.feed,
		decoder: letter.decoder,
		code: letter.code,
		message: letter.message,
		index: letter.index,
		sample: letter.sample,
		frame: await frameStory(log, letter.frame),
		recordId: letter.record?.id,
	};
	const report = { ...nothing(asked, sentenceOf(listed)), letter: story };
	if (letter.record === undefined) return report;
	const [record, ...earlier] = await recordsOfId(log, letter.record.id);
	if (record === undefined) return report;
	return { ...(await found(asked, report.sentence, record, earlier, context)), letter: story };
}

function sentenceOf({ state, letter, failedAgain }: ListedLetter): string {
	const where = letter.stage.startsWith("sink:")
		? `Sink ${letter.stage.slice(5)} refused it`
		: "It could not be read";
	const again = failedAgain > 0 ? `, and was tried ${failedAgain} times more in vain` : "";
	const since = {
		open: `it is open${again}`,
		replayed: "it was replayed since, and went well",
		dropped: "it was given up",
	};
	return `${where} (${letter.code}); ${since[state]}.`;
}

async function found(
	asked: string,
	sentence: string,
	newest: FoundRecord,
	earlier: readonly FoundRecord[],
	context: WhyContext,
): Promise<WhyReport> {
	const { record, partition, offset } = newest;
	const { origin, index, body } = record;
	const sinks: SinkStory[] = [];
	for (const sink of context.sinks) sinks.push(await sinkStory(newest, sink, context));
	return {
		...nothing(asked, sentence),
		record: {
			...briefOf(record),
			place: { partition, offset },
			feed: origin.feed,
			feedThen: await feedThen(context.log, origin.feed, origin.receivedTime),
			upstream: origin.upstream,
			headerTime: origin.headerTime,
			decoder: origin.decoder,
			contract: origin.contract,
			schedule: origin.schedule,
			index,
			frame: await frameStory(context.log, origin),
			body,
			sinks,
		},
		earlier: earlier.slice(0, EARLIER_MAX).map((one) => briefOf(one.record)),
	};
}

function nothing(asked: string, sentence: string): WhyReport {
	return { asked, sentence, earlier: [], issues: [], lookalikes: [], feeds: [] };
}

function briefOf(record: TransitRecord): RecordBrief {
	const { revision, eventTime, origin, flags } = record;
	return { id: recordId(record), revision, eventTime, receivedTime: origin.receivedTime, flags };
}

async function frameStory(log: Log, { partition, offset }: LetterPlace): Promise<FrameStory> {
	const place = { partition, offset };
	try {
		const page = await log.read({ topic: "frames", ...place }, { entriesMax: 1, bytesMax: 1 });
		const frame = page.packs
			.flatMap((pack) => unpackFrames(pack, offset))
			.find((one) => one.offset === offset);
		if (frame === undefined) return { ...place, sentence: "Its bytes are kept no more." };
		const { connection, bytes } = frame;
		return { ...place, connection, bytes: bytes.length, sentence: "Its bytes are kept." };
	} catch (thrown) {
		// The rest of the story is worth telling without its bytes; why they cannot be had is part of it.
		return { ...place, sentence: `Its bytes cannot be read: ${messageOf(thrown)}.` };
	}
}

async function sinkStory({ record, partition, offset }: FoundRecord, sink: WhySink, context: WhyContext) {
	const { name } = sink;
	const told = (state: SinkStory["state"], sentence: string): SinkStory => ({ name, state, sentence });
	const ofFeed = sink.routes.filter((route) => route.feed === record.origin.feed);
	const route = ofFeed.find(({ kinds }) => kinds === undefined || kinds.includes(record.body.kind));
	if (route === undefined) {
		const what = ofFeed.length === 0 ? `feed ${record.origin.feed}` : `records of kind ${record.body.kind}`;
		return told("not_routed", `No route leads ${what} here.`);
	}
	const showing = sink.explain?.(record);
	if (showing) return told(showing.isShown ? "shown" : "left_out", showing.sentence);
	const cursor = await sink.cursor(partition);
	const isTaken = cursor !== undefined && cursor > offset;
	if (!isTaken) {
		const behind =
			cursor === undefined
				? "It waits: the sink has taken nothing yet."
				: `It waits: the sink goes on at ${cursor} of this partition, and this is ${offset}.`;
		return told("waiting", sink.sentence === undefined ? behind : `${behind} ${sink.sentence}`);
	}
	if (sink.kind === "serving")
		return told("unknown", "The sink has taken it; it does not tell what its readers see.");
	const letter = await letterOf(recordId(record), name, context.log);
	if (letter !== undefined) {
		const { state, message } = letter;
		return told("dead_lettered", `The destination refused it, and the dead letter is ${state}: ${message}`);
	}
	if (sink.kind === "unknown") return told("unknown", "The sink had taken it when the hub stopped.");
	return route.mode === "every"
		? told("delivered", "Delivered.")
		: told(
				"delivered",
				"Delivered, unless a newer one of the same key overtook it or it was older than maxAge.",
			);
}

/** The dead letter of a record at a sink. */
async function letterOf(id: string, sink: string, log: Log) {
	const issues = (await log.letterIssues()).filter(({ subject }) => subject === `sink:${sink}`);
	if (issues.length === 0) return undefined;
	let from: LetterPlace | undefined;
	for (let read = 0; read < LETTERS_MAX; read += LETTER_PAGE) {
		const page = await log.letters({
			issues: issues.map((issue) => issue.id),
			settled: true,
			limit: LETTER_PAGE,
			...(from && { from }),
		});
		const listed = page.letters.find(({ letter }) => letter.record?.id === id);
		if (listed) return { state: listed.state, message: listed.letter.message };
		if (page.next === undefined) return undefined;
		from = page.next;
	}
	return undefined;
}

/** Causes whose newest letter names it: what a vehicle reports that nobody can read has no record to be found by. */
async function mentionsOf(asked: string, { log, now }: WhyContext): Promise<readonly IssueMention[]> {
	const mentions: IssueMention[] = [];
	const recent = (await log.letterIssues()).filter(({ lastTime }) => lastTime >= now - 24 * HOUR_MS);
	const named = new RegExp(`(?<![\\w-])${asked.replaceAll(/[^\w]/g, "\\$&")}(?![\\w-])`);
	for (const { id, subject, code, newest, lastTime } of recent.slice(0, ISSUES_MAX)) {
		const { letters } = await log.letters({ from: newest, settled: true, limit: 1 });
		const letter = letters.find(({ offset }) => offset === newest.offset)?.letter;
		if (letter === undefined || !named.test(`${letter.sample ?? ""} ${letter.message}`)) continue;
		mentions.push({ id, subject, code, message: letter.message, lastTime });
	}
	return mentions;
}

/** Who names it without being it: by label, upstream's own id or trip; and whose id is spelled alike. */
async function othersLike(asked: string, { log, now }: WhyContext) {
	const bare = bareOf(asked);
	const alike = new Set<string>();
	let other: FoundRecord | undefined;
	for (let partition = 0; partition < log.partitions("records"); partition++) {
		await visitRecords(log, partition, now - ALIKE_WITHIN_MS, (one) => {
			const { body } = one.record;
			if (body.kind !== "vehicle_location") return;
			const { vehicleId, vehicleLabel, upstreamIds, tripId } = body;
			if ([vehicleLabel, upstreamIds?.vehicleId, upstreamIds?.tripId, tripId].includes(asked)) other = one;
			if (vehicleId !== undefined && bare !== "" && bareOf(vehicleId) === bare && alike.size < ALIKE_MAX)
				alike.add(vehicleId);
		});
	}
	return { other, lookalikes: [...alike].sort() };
}

/** Without what systems add to a vehicle's number: prefixes of letters, leading noughts, dashes. */
function bareOf(id: string): string {
	return id
		.toLowerCase()
		.replaceAll(/[^a-z0-9]/g, "")
		.replace(/^[a-z]*0*(?=\d)/, "");
}
