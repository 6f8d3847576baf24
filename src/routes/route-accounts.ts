import type { Commit, Log, Step } from "../log/log.js";
import { Failure } from "../model/failure.js";
import type { Chance } from "../runtime/runtime.js";

/** What a subscription finds, or leaves, in the store when it starts. */
export interface Accounts {
	/** By partition. */
	readonly cursors: readonly number[];
	/** Drawn when the sink first ran on this store: part of every batch id, so that no other store repeats one. */
	readonly origin: string;
	/** Whether an unrouted feed's record has an open account, since the feed was routed here when it was appended. */
	hasAccount(feed: string, partition: number, offset: number): boolean;
}

interface RoutesJson {
	readonly v: 1;
	readonly origin: string;
	readonly feeds: readonly string[];
	/** Feeds that are no longer routed here: the end of each partition when they were last seen to be. */
	readonly until: Readonly<Record<string, readonly number[]>>;
}

/**
 * Commits the first cursors, and what a change of routes means for the ledger. Intake opens an account (`in`) for a
 * record when its feed is routed to the sink at that time. So a feed that is newly routed gets an `in` for the records
 * that wait already, and a feed that no longer is keeps its accounts up to here. Must run before intake appends.
 */
export async function openAccounts(
	log: Log,
	step: Step,
	stateName: string,
	feeds: readonly string[],
	begin: "now" | "oldest",
	chance: Chance,
): Promise<Accounts> {
	const count = log.partitions("records");
	const bounds = await Promise.all(
		Array.from({ length: count }, (_, partition) => log.bounds("records", partition)),
	);
	const found = await Promise.all(bounds.map((_, partition) => log.cursor(step, "records", partition)));
	const cursors = bounds.map(
		({ start, end }, partition) => found[partition] ?? (begin === "now" ? end : start),
	);
	const ends = bounds.map(({ end }) => end);
	const before = await readRoutes(log, stateName);
	const origin = before?.origin ?? hex(chance.bytes(4));
	const until: Record<string, readonly number[]> = {};
	for (const [feed, offsets] of Object.entries(before?.until ?? {})) {
		const waits = offsets.some((offset, partition) => offset > (cursors[partition] as number));
		if (waits && !feeds.includes(feed)) until[feed] = offsets;
	}
	for (const feed of before?.feeds ?? []) if (!feeds.includes(feed)) until[feed] = ends;

	const ledger: NonNullable<Commit["ledger"]>[number][] = [];
	const added = feeds.filter((feed) => !before?.feeds.includes(feed));
	for (let partition = 0; added.length > 0 && partition < count; partition++) {
		const cursor = cursors[partition] as number;
		for (const feed of added) {
			const from = Math.max(cursor, before?.until[feed]?.[partition] ?? 0);
			for (const row of await log.pending({ topic: "records", partition, offset: from })) {
				if (row.feed === feed) {
					ledger.push({ step, feed, partition, minute: row.minute, outcome: "in", count: row.count });
				}
			}
		}
	}
	const routes: RoutesJson = { v: 1, origin, feeds, until };
	const text = JSON.stringify(routes);
	const isNew = found.some((cursor) => cursor === undefined);
	if (isNew || ledger.length > 0 || JSON.stringify(before) !== text) {
		await log.commit({
			consumed: cursors.map((offset, partition) => ({
				subscription: step,
				next: { topic: "records", partition, offset },
			})),
			state: [{ name: stateName, bytes: text }],
			ledger,
		});
	}
	return {
		cursors,
		origin,
		hasAccount: (feed, partition, offset) => offset < (until[feed]?.[partition] ?? 0),
	};
}

async function readRoutes(log: Log, name: string): Promise<RoutesJson | undefined> {
	const bytes = await log.state(name);
	if (!bytes) return undefined;
	try {
		const json = JSON.parse(new TextDecoder().decode(bytes)) as RoutesJson;
		if (json.v !== 1) throw new Error(`its version is ${json.v}, this program knows 1`);
		return json;
	} catch (thrown) {
		throw new Failure(
			"store.corrupt",
			`The state "${name}" does not hold the routes of a sink; restore the store from a backup`,
			{ cause: thrown },
		);
	}
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
