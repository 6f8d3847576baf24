import { randomFillSync } from "node:crypto";
/** The longest wait that a platform timer can hold: 2^31 - 1 ms, about 24.8 days. Longer ones fire at once. */
const TIMER_MAX_MS = 2_147_483_647;
function afterLong(delay, run, ref) {
    let left = delay;
    let timer;
    const arm = () => {
        const piece = Math.min(left, TIMER_MAX_MS);
        left -= piece;
        timer = setTimeout(left > 0 ? arm : run, piece);
        if (!ref)
            timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
}
/** The clock of the machine. Monotonic time counts from the start of the process. */
export const nodeClock = Object.freeze({
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delay, run, options) {
        const ref = options?.ref !== false;
        // Not a number, or in the past: due now.
        const wait = delay > 0 ? Math.ceil(delay) : 0;
        if (wait > TIMER_MAX_MS)
            return afterLong(wait, run, ref);
        const timer = setTimeout(run, wait);
        if (!ref)
            timer.unref();
        return () => clearTimeout(timer);
    },
});
/** Chance of the machine: fast numbers for jitter and sampling, unpredictable bytes for keys and tokens. */
export const nodeChance = Object.freeze({
    next: () => Math.random(),
    bytes: (length) => randomFillSync(new Uint8Array(length)),
});
