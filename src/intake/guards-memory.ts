import type { Commit, Log } from "../log/log.js";
import type { EpochMs } from "../model/units.js";
import type { FrameReader } from "./interpret.js";

type Readers = ReadonlyMap<string, readonly FrameReader[]>;

/** What guards know of each upstream, to ride in the commit of the frames that they learned it from; once a minute each. */
export function sealGuards(readers: Readers, now: EpochMs): NonNullable<Commit["state"]> {
	const state: { name: string; bytes: string }[] = [];
	for (const [feed, upstreams] of readers) {
		for (const [index, { guards }] of upstreams.entries()) {
			const bytes = guards?.seal(now);
			if (bytes !== undefined) state.push({ name: nameOf(feed, index), bytes });
		}
	}
	return state;
}

export async function restoreGuards(log: Log, readers: Readers): Promise<void> {
	for (const [feed, upstreams] of readers) {
		for (const [index, { guards }] of upstreams.entries()) {
			const bytes = guards && (await log.state(nameOf(feed, index)));
			if (bytes !== undefined) guards?.restore(new TextDecoder().decode(bytes));
		}
	}
}

function nameOf(feed: string, upstream: number): string {
	return `guards/${feed}/${upstream}`;
}
