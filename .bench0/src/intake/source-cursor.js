/** Where the cursor of an upstream is kept. */
export function cursorName(feed, upstream) {
    return `source/${feed}/${upstream}`;
}
/** What was committed last with the frames that it covers. */
export async function storedCursor(log, name) {
    const stored = await log.state(name);
    return stored === undefined ? undefined : new TextDecoder().decode(stored);
}
