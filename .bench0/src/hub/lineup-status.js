import { statusOfFeed } from "../intake/feed-status.js";
import { feedsOf } from "./feed-health.js";
import { qualityOf } from "./quality-status.js";
import { sinkName, upstreamName } from "./stages.js";
/** Every feed and sink in service as of now. `guard`: breaker, budgets and gate of whoever is called under that name. */
export function statusOfLineup(lineup, fleetOf, guard, time) {
    return {
        feeds: lineup.feeds.map((state) => {
            const status = statusOfFeed(state.feed, state.counts, time);
            return {
                ...status,
                since: status.state === state.condition ? state.since : time,
                fleet: fleetOf(status.name),
                upstreams: status.upstreams.map((one) => ({
                    ...one,
                    guard: guard(upstreamName(status.name, one.index)),
                    ...qualityOf(lineup, status.name, one.index),
                })),
            };
        }),
        sinks: lineup.subscriptions.map((one) => ({
            ...one.status(),
            feeds: feedsOf(one.name, lineup.config.routes),
            guard: guard(sinkName(one.name)),
        })),
    };
}
