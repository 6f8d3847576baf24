import type { Log } from "../log/log.js";

/** Where the cursor of an upstream is kept. */
export function cursorName(feed: string, upstream: number): string {
	return `source/${feed}/${upstream}`;
}

/** What was committed last with the frames that it covers. */
export async function storedCursor(log: Log, name: string): Promise<string | undefined> {
	const stored = await log.state(name);
	return stored === undefined ? undefined : new TextDecoder().decode(stored);
}
