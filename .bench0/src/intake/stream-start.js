/** A live connection has to last as long, or bring a frame: who takes us and hangs up is not called again at once. */
const LIVE_STABLE_MS = 5_000;
/** A quiet connection that stands is as good as an answer without news: so often it is taken note of. */
const VOUCH_EVERY_MS = 10_000;
/** Calls `vouch` from time to time until it is told to stop. */
export function whileConnected(clock, vouch) {
    let cancel = () => { };
    const again = () => {
        cancel = clock.after(VOUCH_EVERY_MS, () => {
            vouch();
            again();
        });
    };
    again();
    return () => cancel();
}
/**
 * Opens a stream that lives until `life` aborts. Resolves when it is known to work; rejects, as one failed attempt, when it
 * breaks before. When `attempt` aborts until then, nothing is left open. What `open` promises is a live connection.
 */
export async function startStream(open, life, attempt, clock) {
    const connection = new AbortController();
    const end = (reason) => connection.abort(reason);
    const die = () => end(life.reason);
    const giveUp = () => connection.abort(attempt.reason);
    const release = () => life.removeEventListener("abort", die);
    life.addEventListener("abort", die);
    attempt.addEventListener("abort", giveUp);
    if (life.aborted)
        die();
    try {
        const opened = open(connection.signal);
        const iterator = (await opened)[Symbol.asyncIterator]();
        const first = iterator.next();
        if (opened instanceof Promise)
            await firstOrLasting(first, clock);
        else
            await first;
        return { iterator, first, end, release };
    }
    catch (thrown) {
        release();
        throw thrown;
    }
    finally {
        attempt.removeEventListener("abort", giveUp);
    }
}
function firstOrLasting(first, clock) {
    return new Promise((resolve, reject) => {
        const cancel = clock.after(LIVE_STABLE_MS, resolve);
        first.then(() => {
            cancel();
            resolve();
        }, (thrown) => {
            cancel();
            reject(thrown);
        });
    });
}
