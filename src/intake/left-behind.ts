import { type StoredFrame, unpackFrames } from "../log/frame-pack.js";
import { INTERPRET } from "../log/ledger.js";
import type { Commit, Log } from "../log/log.js";
import { Failure } from "../model/failure.js";

interface LeftBehind {
	readonly frame: StoredFrame;
	/** Why it must not be decoded. */
	readonly killed: Failure | undefined;
	/** Belongs into the commit that carries what the frame gave. */
	readonly state: NonNullable<Commit["state"]>;
}

interface InHand {
	readonly offset: number;
	readonly deaths: number;
}

/**
 * The frames of a partition that a crash left behind, one at a time. Each is written down as in hand before it is given:
 * one that was in hand when the process died twice is not to be decoded, so that no frame can keep the hub from starting.
 */
export async function* leftBehind(
	log: Log,
	partition: number,
	commit: (commit: Commit) => Promise<unknown>,
): AsyncGenerator<LeftBehind> {
	const name = `intake/hand/${partition}`;
	const { start, end } = await log.bounds("frames", partition);
	let offset = Math.max(start, (await log.cursor(INTERPRET, "frames", partition)) ?? start);
	const marker = await log.state(name);
	const before = marker === undefined ? undefined : (JSON.parse(new TextDecoder().decode(marker)) as InHand);
	while (offset < end) {
		const page = await log.read(
			{ topic: "frames", partition, offset },
			{ entriesMax: 64, bytesMax: 16 << 20 },
		);
		for (const frame of page.packs.flatMap((pack) => unpackFrames(pack, offset))) {
			const deaths = before?.offset === frame.offset ? before.deaths : 0;
			const hand: InHand = { offset: frame.offset, deaths: deaths + 1 };
			await commit({ state: [{ name, bytes: JSON.stringify(hand) }] });
			const killed = deaths >= 2 ? new Failure("decode.killed", killedMessage(deaths)) : undefined;
			yield { frame, killed, state: [{ name, bytes: null }] };
		}
		if (page.next.offset === offset) return;
		offset = page.next.offset;
	}
}

function killedMessage(deaths: number): string {
	return `The process died ${deaths} times while this frame was being decoded; it was not decoded again`;
}
