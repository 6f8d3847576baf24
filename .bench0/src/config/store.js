/** `directory` is absolute. */
export function resolveStore({ durability, partitions, disk, frames, records, deadLetters, ledger }, directory) {
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
function keep(chosen) {
    return { maxAgeMs: chosen.maxAge, maxBytes: chosen.maxBytes };
}
