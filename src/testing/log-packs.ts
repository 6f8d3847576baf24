import type { Log, Pack, StoredPack, Topic } from "../log/log.js";

/** A log under test that can be closed and opened again on the same store. */
export interface OpenedLog {
	readonly log: Log;
	/** Closes the log and opens what it left behind. */
	reopen(): Promise<OpenedLog>;
	/** Closes the log and removes the store. */
	dispose(): Promise<void>;
}

export type OpenLog = (options: { readonly partitions: number }) => Promise<OpenedLog>;

export interface ContractOptions {
	/** Runs of the comparison with the model. Default 30. */
	readonly runs?: number;
}

export const ALL = { entriesMax: 1e9, bytesMax: 1e9 };
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Entries of the form `"name-0"`, `"name-1"` ... in one pack. */
export function textPack(name: string, count: number, over: Partial<Pack> = {}): Pack {
	const entries = Array.from({ length: count }, (_, i) => `${name}-${i}`);
	return {
		topic: "records",
		partition: 0,
		feed: "metro",
		minute: 1000,
		count,
		head: "{}",
		body: JSON.stringify(entries),
		...over,
	};
}

export function bytesPack(bytes: Uint8Array, over: Partial<Pack> = {}): Pack {
	const head = JSON.stringify({ frames: [{ bytes: bytes.byteLength }] });
	return { topic: "frames", partition: 0, feed: "metro", minute: 1000, count: 1, head, body: bytes, ...over };
}

export function entriesOf(packs: readonly StoredPack[]): { offset: number; entry: string }[] {
	return packs.flatMap((pack) =>
		(JSON.parse(pack.body as string) as string[]).map((entry, i) => ({
			offset: pack.firstOffset + i,
			entry,
		})),
	);
}

export async function everything(log: Log, topic: Topic, partition: number): Promise<readonly StoredPack[]> {
	return (await log.read({ topic, partition, offset: 0 }, ALL)).packs;
}
