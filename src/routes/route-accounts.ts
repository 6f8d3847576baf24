import { spanStart } from "../log/ledger-spans.js";
import type { Log, Posting, Step } from "../log/log.js";
import type { TransitRecord } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
import type { Chance } from "../runtime/runtime.js";

/** What a subscription finds, or leaves, in the store when it starts. */
export interface Accounts {
	/** By partition. */
	readonly cursors: readonly number[];
	/** Drawn when the sink first ran on this store: part of every batch id, so that no other store repeats one. */
	readonly origin: string;
	/** Records that wait, and that came while nothing routed them here: their accounts were opened now. */
	readonly openedLate: number;
	/** Whether an unrouted feed's record has an open account, since the feed was routed here when it was appended. */
	hasAccount(record: TransitRecord, partition: number, offset: number): boolean;
}

interface Waiting {
	readonly partition: number;
	readonly feed: string;
	/** The first of its account. */
	readonly minute: number;
	readonly count: number;
}

/**
 * Commits the first cursors, and what a change of routes means for the ledger. Intake opens an account (`in`) for a
 * record when its feed is routed to the sink at that time. So what waits of a feed that was not routed here when it came
 * (a new route, a sink that was away) gets its `in` now, and what waits of a feed that no longer is routed here keeps the
 * account that it has. An account that holds more than waits is left alone: the audit names it. Must run before intake
 * appends.
 */
export async function openAccounts(
	log: Log,
	step: Step,
	stateName: string,
	feeds: readonly string[],
	begin: "now" | "oldest",
	chance: Chance,
): Promise<Accounts> {
	const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
	const bounds = await Promise.all(partitions.map((partition) => log.bounds("records", partition)));
	const found = await Promise.all(partitions.map((partition) => log.cursor(step, "records", partition)));
	const cursors = bounds.map(
		({ start, end }, partition) => found[partition] ?? (begin === "now" ? end : start),
	);
	const stored = await log.state(stateName);
	const origin = stored ? new TextDecoder().decode(stored) : hex(chance.bytes(4));
	// In one turn, so that both speak of the same accounts.
	const [folds, waiting] = await Promise.all([log.ledgerFolds(), waitingIn(log, cursors)]);
	const open = await openIn(log, step, waiting);

	const ledger: Posting[] = [];
	const formerly = new Set<string>();
	for (const { partition, feed, minute, count } of waiting) {
		const key = accountKey(feed, partition, minute);
		const opened = open.get(key) ?? 0;
		if (!feeds.includes(feed)) {
			if (opened <= 0) continue;
			formerly.add(key);
		}
		if (count > opened) {
			ledger.push({ step, feed, partition, minute, outcome: "in", count: count - opened });
		}
	}
	if (!stored || ledger.length > 0 || found.includes(undefined)) {
		await log.commit({
			consumed: cursors.map((offset, partition) => ({
				subscription: step,
				next: { topic: "records", partition, offset },
			})),
			state: [{ name: stateName, bytes: origin }],
			ledger,
		});
	}
	return {
		cursors,
		origin,
		openedLate: found.includes(undefined) ? 0 : ledger.reduce((sum, { count }) => sum + count, 0),
		hasAccount: (record, partition, offset) => {
			if (formerly.size === 0 || offset >= (bounds[partition]?.end ?? 0)) return false;
			const minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
			return formerly.has(accountKey(record.origin.feed, partition, spanStart(folds, minute)));
		},
	};
}

async function waitingIn(log: Log, cursors: readonly number[]): Promise<Waiting[]> {
	const rows = await Promise.all(
		cursors.map(async (offset, partition) => {
			const pending = await log.pending({ topic: "records", partition, offset });
			return pending.map(({ feed, minute, count }) => ({ partition, feed, minute, count }));
		}),
	);
	return rows.flat();
}

/** By account: what was opened and has no outcome yet, as far back as anything waits. */
async function openIn(log: Log, step: Step, waiting: readonly Waiting[]): Promise<Map<string, number>> {
	const open = new Map<string, number>();
	if (waiting.length === 0) return open;
	const fromMinute = waiting.reduce(
		(oldest, { minute }) => Math.min(oldest, minute),
		Number.MAX_SAFE_INTEGER,
	);
	for (const { feed, partition, minute, outcome, count } of await log.ledger({ step, fromMinute })) {
		const key = accountKey(feed, partition, minute);
		open.set(key, (open.get(key) ?? 0) + (outcome === "in" ? count : -count));
	}
	return open;
}

function accountKey(feed: string, partition: number, minute: number): string {
	return `${partition}|${minute}|${feed}`;
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
