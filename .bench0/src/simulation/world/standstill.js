import { Failure } from "../../model/failure.js";
/** Far more often than a hub of any size looks at its clock within one millisecond. */
export const CALLS_MAX = 2_000_000;
/**
 * Sees when a process goes round and round while its time stands still: then no timer is ever due again, and nobody could
 * wait for the end of it. `onStandstill` is called once, and whoever looks from then on is thrown out of its loop, until time
 * has moved.
 */
export function watchedClock(clock, onStandstill) {
    let atMs = Number.NaN;
    let calls = 0;
    const called = () => {
        const now = clock.monotonic();
        if (now !== atMs) {
            atMs = now;
            calls = 0;
        }
        calls++;
        if (calls === CALLS_MAX)
            onStandstill();
        if (calls >= CALLS_MAX)
            throw new Failure("bug", "Time stands still, and whoever asks for it again and again is ended");
    };
    return {
        now: () => {
            called();
            return clock.now();
        },
        monotonic: () => {
            called();
            return clock.monotonic();
        },
        after: (delay, run, options) => {
            called();
            return clock.after(delay, run, options);
        },
    };
}
