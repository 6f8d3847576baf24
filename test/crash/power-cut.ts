import type { Chance } from "../../src/runtime/runtime.js";
import type { SystemCall } from "./trace.js";

const SECTOR_BYTES = 512;

/**
 * What is on the disk after the power went at a line of the trace, by the name of the file: all that a sync covers, and of
 * what was written since each sector or not, as chance has it. A disk that says that it has synced is believed.
 */
export function afterPowerCut(
	calls: readonly SystemCall[],
	line: number,
	files: readonly string[],
	chance: Chance,
): ReadonlyMap<string, Buffer> {
	return new Map(files.map((file) => [file, contentOf(calls, line, file, chance)]));
}

function contentOf(calls: readonly SystemCall[], line: number, file: string, chance: Chance): Buffer {
	const own = calls.filter((call) => call.file === file && call.begin < line);
	const synced = own
		.filter(({ name, end, result }) => /^f(data)?sync$/.test(name) && end < line && result === 0)
		.reduce((last, { begin }) => Math.max(last, begin), 0);
	const lengthMax = own.reduce(
		(most, { numbers, bytes }) => Math.max(most, (numbers.at(-1) ?? 0) + bytes.length),
		0,
	);
	const content = Buffer.alloc(lengthMax);
	let length = 0;
	const kept = chance.next();
	for (const { name, bytes, numbers, end } of own) {
		const isSafe = end < synced;
		if (name === "ftruncate" && (isSafe || chance.next() < kept)) {
			length = numbers[0] ?? 0;
			content.fill(0, length);
		}
		if (name !== "pwrite64") continue;
		const offset = numbers.at(-1) ?? 0;
		for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
			if (!isSafe && chance.next() >= kept) continue;
			const end = Math.min(bytes.length, at + SECTOR_BYTES);
			bytes.copy(content, offset + at, at, end);
			length = Math.max(length, offset + end);
		}
	}
	return content.subarray(0, length);
}
