import { Failure } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";
import { MINUTE_MS } from "../model/units.js";
import type { Pack, StoredPack } from "./log.js";

/** A frame as topic `frames` keeps it. */
export interface StoredFrame {
	readonly feed: string;
	readonly partition: number;
	readonly offset: number;
	readonly bytes: Uint8Array;
	readonly receivedTime: EpochMs;
	readonly connection: string;
	readonly upstream: number;
	readonly contentType?: string | undefined;
	readonly meta?: Readonly<Record<string, string>> | undefined;
}

interface FrameHead {
	readonly bytes: number;
	readonly receivedTime: EpochMs;
	readonly connection: string;
	readonly upstream: number;
	readonly contentType?: string | undefined;
	readonly meta?: Readonly<Record<string, string>> | undefined;
}

/** Frames of one feed and minute become one row: `head.frames[i].bytes` says where frame i ends in the body. */
export function packFrames(
	frames: readonly Omit<StoredFrame, "partition" | "offset">[],
	partition: number,
): Pack {
	const first = frames[0];
	if (!first) throw new Failure("bug", "packFrames was called with no frame");
	const heads: FrameHead[] = frames.map((frame) => ({
		bytes: frame.bytes.byteLength,
		receivedTime: frame.receivedTime,
		connection: frame.connection,
		upstream: frame.upstream,
		contentType: frame.contentType,
		meta: frame.meta,
	}));
	return {
		topic: "frames",
		partition,
		feed: first.feed,
		minute: Math.floor(first.receivedTime / MINUTE_MS),
		count: frames.length,
		head: JSON.stringify({ frames: heads }),
		body: frames.length === 1 ? first.bytes : concatenate(frames.map((frame) => frame.bytes)),
	};
}

/** The frames of a stored pack, from `fromOffset` on. */
export function unpackFrames(pack: StoredPack, fromOffset = pack.firstOffset): StoredFrame[] {
	const { frames } = JSON.parse(pack.head) as { frames: FrameHead[] };
	const body = pack.body;
	if (typeof body === "string" || frames.length !== pack.count) {
		throw new Failure(
			"store.corrupt",
			`Pack frames/${pack.partition}/${pack.firstOffset} does not hold ${pack.count} frames`,
		);
	}
	const result: StoredFrame[] = [];
	let at = 0;
	frames.forEach((head, i) => {
		const offset = pack.firstOffset + i;
		const bytes = body.subarray(at, at + head.bytes);
		at += head.bytes;
		if (offset >= fromOffset)
			result.push({ feed: pack.feed, partition: pack.partition, offset, ...head, bytes });
	});
	return result;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.byteLength;
	}
	return whole;
}
