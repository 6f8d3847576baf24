import type { RouteConfig } from "../config/config.js";
import type { Feed } from "../intake/feed.js";
import type { EpochMs } from "../model/units.js";
import type { FeedHealth } from "../sinks/sink.js";

interface JudgedFeed {
	readonly feed: Feed;
	readonly condition: FeedHealth["state"];
}

/** How the feeds are that are routed to a sink: riders are told when one of them is out. */
export function healthOfFeeds(
	sink: string,
	routes: readonly RouteConfig[],
	feeds: readonly JudgedFeed[],
): FeedHealth[] {
	const routed = new Set(routes.filter(({ to }) => to.includes(sink)).map(({ from }) => from));
	return feeds
		.filter(({ feed }) => routed.has(feed.name))
		.map(({ feed, condition }) => ({
			feed: feed.name,
			agency: feed.agency,
			state: condition,
			lastAnswerTime: lastAnswerTime(feed),
		}));
}

function lastAnswerTime({ lastFrameTime, progress }: Feed): EpochMs | undefined {
	const times = [lastFrameTime, ...progress.map(({ lastGoodTime }) => lastGoodTime)];
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.max(...known);
}
