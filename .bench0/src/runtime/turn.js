/**
 * Lets so many microtasks of others go first. Unlike a turn it never leaves the microtask queue, so it costs no time and a
 * simulation stays deterministic.
 */
export async function giveWay(microtasks) {
    for (let n = 0; n < microtasks; n++)
        await undefined;
}
/**
 * Resolves once every microtask that can run has run: one turn of the event loop, and no time of its own. A virtual
 * runtime lets it pass between two timers, so that everything a timer started has come to rest before time moves on.
 */
export function turn() {
    return new Promise((resolve) => {
        setImmediate(resolve);
    });
}
