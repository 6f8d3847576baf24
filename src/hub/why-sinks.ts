import type { HubConfig } from "../config/config.js";
import { judgeFeed } from "../intake/feed-status.js";
import type { Log } from "../log/log.js";
import type { EpochMs } from "../model/units.js";
import { routesTo, type WhyReport, type WhySink, why } from "../operations/why.js";
import type { Lineup, SinkState } from "./lineup.js";

/** Asks a running hub for the story of a vehicle, a record or a dead letter. */
export function whyIn(
	asked: string,
	log: Log,
	{ config, sinks, feeds }: Pick<Lineup, "config" | "sinks" | "feeds">,
	now: EpochMs,
): Promise<WhyReport> {
	return why(asked, {
		log,
		now,
		agencies: config.agencies.map(({ name }) => name),
		sinks: whySinks(config, sinks, now),
		feeds: feeds.map(({ feed }) => ({ name: feed.name, sentence: judgeFeed(feed, now).sentence })),
	});
}

/** The sinks of a running hub, ready to be asked what became of a record. */
export function whySinks(
	{ routes }: Pick<HubConfig, "routes">,
	sinks: readonly Pick<SinkState, "sink" | "subscription">[],
	now: EpochMs,
): readonly WhySink[] {
	return sinks.map(({ sink, subscription }) => {
		const { name } = subscription;
		const { partitions, sentence } = subscription.status();
		return {
			name,
			routes: routesTo(routes, name),
			kind: sink.kind,
			cursor: async (partition) => partitions.find((one) => one.partition === partition)?.cursor,
			...(sink.kind === "serving" && { explain: (record) => sink.explain?.(record, now) }),
			sentence,
		};
	});
}
