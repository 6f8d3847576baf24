/** Waits on the given clock; rejects with the signal's reason in the same turn in which it aborts. */
export function sleep(clock, delay, signal, options) {
    return new Promise((resolve, reject) => {
        if (signal?.aborted) {
            reject(signal.reason);
            return;
        }
        const cancel = clock.after(delay, () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
        }, options);
        const onAbort = () => {
            cancel();
            reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
    });
}
