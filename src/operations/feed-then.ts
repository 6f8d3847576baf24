import type { Log } from "../log/log.js";
import { messageOf } from "../model/failure.js";
import { type EpochMs, HOUR_MS } from "../model/units.js";
import { EVENTS_PAGE_MAX, readEvents } from "./event-page.js";

/** Further back it is rarely still the same, and the question should not read all that ever happened. */
const REACH_MS = 24 * HOUR_MS;
const PAGES_MAX = 20;

/** How a feed was when something came over it. */
export interface FeedThen {
	/** Since when it was so. Absent: nothing was told of it in the day before, or that is kept no more. */
	readonly time?: EpochMs;
	readonly sentence: string;
}

/** By what topic `events` says of it: outages, breakers and lateness stand in the sentence of its state. */
export async function feedThen(log: Log, feed: string, then: EpochMs): Promise<FeedThen> {
	let last: FeedThen = { sentence: "What is kept of the day before does not say how it was." };
	try {
		let since: string | undefined;
		for (let page = 0; page < PAGES_MAX; page++) {
			const asked = since === undefined ? { fromTime: then - REACH_MS } : { since };
			const { events, next, more } = await readEvents(log, { ...asked, limit: EVENTS_PAGE_MAX });
			for (const { time, subject, code, message } of events)
				if (time <= then && subject === `feed:${feed}` && code === "feed.state")
					last = { time, sentence: message };
			if (!more || (events.at(-1)?.time ?? then) > then) return last;
			since = next;
		}
	} catch (thrown) {
		// The rest of the story is worth telling without it; why it cannot be had is part of it.
		return { sentence: `How it was cannot be read: ${messageOf(thrown)}.` };
	}
	return { sentence: "So much happened on that day that how it was is not looked for." };
}
