import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../model/failure.js";
const RETRY_AFTER_MS = 5000;
/** Once low, there must be this much more room before appends go on, so that the store does not flap. */
const RESUME_FACTOR = 1.25;
/** Part of `bytesMax` that is kept for cursors and state. */
const LIMIT_RESERVE = 0.05;
/**
 * Keeps room for what must always work: deletes and cursors. Appends stop at a mark well above zero and go on by
 * themselves; a reserve file is given up if other programs eat the disk up to its last byte.
 */
export class SpaceGuard {
    #options;
    #reservePath;
    #low = false;
    #hasReserve = false;
    constructor(options) {
        this.#options = options;
        this.#reservePath = join(options.directory, "reserve");
        this.#hasReserve = existsSync(this.#reservePath);
    }
    /** Why a commit that appends must wait, or undefined. */
    check(file) {
        const { directory, freeBytesMin, bytesMax, usedMax, usedResume } = this.#options;
        const factor = this.#low ? RESUME_FACTOR : 1;
        const { freeBytes: free, totalBytes } = this.#diskSpace();
        const share = 1 - (this.#low ? Math.min(usedMax, usedResume) : usedMax);
        const wanted = Math.max(freeBytesMin * factor, share * totalBytes);
        if (free < wanted && (free < wanted / 4 || free + file().freeBytes < wanted)) {
            this.#low = true;
            return full(`The disk of ${directory} has ${megabytes(free)} free, and the store keeps ${megabytes(wanted)} in reserve`);
        }
        if (bytesMax > 0) {
            const { usedBytes, freeBytes } = file();
            const room = bytesMax - usedBytes + freeBytes;
            if (room < bytesMax * LIMIT_RESERVE * factor) {
                this.#low = true;
                return full(`The store in ${directory} has ${megabytes(room)} left of its limit of ${megabytes(bytesMax)}`);
            }
        }
        this.#low = false;
        if (!this.#hasReserve && free > wanted + this.#options.reserveBytes)
            this.#makeReserve();
        return undefined;
    }
    /** Gives the reserve file back to the disk. False when there was none. */
    release() {
        if (!this.#hasReserve)
            return false;
        rmSync(this.#reservePath, { force: true });
        this.#hasReserve = false;
        return true;
    }
    #diskSpace() {
        if (this.#options.diskSpace)
            return this.#options.diskSpace();
        const { bavail, blocks, bsize } = statfsSync(this.#options.directory);
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    }
    #makeReserve() {
        this.#hasReserve = true;
        if (this.#options.reserveBytes === 0)
            return;
        const file = openSync(this.#reservePath, "w");
        try {
            const block = new Uint8Array(1024 * 1024);
            for (let left = this.#options.reserveBytes; left > 0; left -= block.byteLength) {
                writeSync(file, block, 0, Math.min(left, block.byteLength));
            }
            fsyncSync(file);
        }
        finally {
            closeSync(file);
        }
    }
}
function full(what) {
    return new Failure("store.full", `${what}. Intake waits and goes on by itself when there is room: free some, or shorten retention`, { retryAfterMs: RETRY_AFTER_MS });
}
function megabytes(bytes) {
    return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
