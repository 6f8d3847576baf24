/** Two independent 32-bit hashes of a text: together they name a record or its content. Not for security. */
export interface Hash64 {
	low: number;
	high: number;
}

/** Hashes UTF-16 code units with two multipliers, murmur's finalizer at the end. Writes into `into` to allocate nothing. */
export function hashText(text: string, into: Hash64): void {
	let low = 0x9747b28c ^ text.length;
	let high = 0x3c6ef372 ^ text.length;
	for (let at = 0; at < text.length; at++) {
		const unit = text.charCodeAt(at);
		low = Math.imul(low ^ unit, 0x85ebca6b);
		low ^= low >>> 15;
		high = Math.imul(high ^ unit, 0xc2b2ae35);
		high = (high << 13) | (high >>> 19);
	}
	into.low = finish(low ^ (high >>> 7));
	into.high = finish(high);
}

/** Hashes the bytes of a content four at a time: it may be long, and it is only compared with contents of the same id. */
export function hashContent(data: DataView, from: number, to: number, into: Hash64): void {
	const length = to - from;
	let low = 0x9747b28c ^ length;
	let high = 0x3c6ef372 ^ length;
	const whole = from + (length & ~3);
	for (let at = from; at < whole; at += 4) {
		const word = data.getInt32(at, true);
		low = Math.imul(low ^ word, 0x85ebca6b);
		low ^= low >>> 15;
		high = Math.imul(((high << 13) | (high >>> 19)) ^ word, 0xcc9e2d51);
	}
	for (let at = whole; at < to; at++) {
		const byte = data.getUint8(at);
		low = Math.imul(low ^ byte, 0x85ebca6b);
		high = Math.imul(((high << 13) | (high >>> 19)) ^ byte, 0xcc9e2d51);
	}
	into.low = finish(low ^ (high >>> 7));
	into.high = finish(high ^ Math.imul(low, 0xc2b2ae35));
}

/** Mixes a number up to 2^53 into a hash: the id of a record out of the hash of its key and its event time. */
export function mixTime(base: Hash64, time: number, into: Hash64): void {
	const timeLow = time | 0;
	const timeHigh = Math.floor(time / 0x1_0000_0000) | 0;
	into.low = finish(Math.imul(base.low ^ timeLow, 0x9e3779b1) ^ timeHigh);
	into.high = finish(
		Math.imul(base.high ^ timeHigh ^ 0x5bd1e995, 0x27d4eb2f) ^ Math.imul(timeLow, 0x165667b1),
	);
}

function finish(hash: number): number {
	let mixed = hash ^ (hash >>> 16);
	mixed = Math.imul(mixed, 0x85ebca6b);
	mixed ^= mixed >>> 13;
	mixed = Math.imul(mixed, 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
