import type { StoreConfig } from "./config.js";
import type { ConfigDocument } from "./document.js";

/** `directory` is absolute. */
export function resolveStore(
	{ durability, partitions, disk, frames, records, deadLetters, ledger }: ConfigDocument["store"],
	directory: string,
): StoreConfig {
	return {
		directory,
		durability,
		partitions,
		disk: { usedMax: disk.usedMax, usedResume: disk.usedResume, freeBytesMin: disk.freeMin },
		frames: keep(frames),
		records: keep(records),
		deadLetters: keep(deadLetters),
		ledger: { keepMs: ledger.keep },
	};
}

function keep(chosen: { readonly maxAge: number; readonly maxBytes: number }) {
	return { maxAgeMs: chosen.maxAge, maxBytes: chosen.maxBytes };
}
