import type { HubConfig } from "../config/config.js";
import type { EpochMs } from "../model/units.js";
import { routesTo, type WhySink } from "../operations/why.js";
import type { Subscription } from "../routes/subscription.js";
import type { Sink } from "../sinks/sink.js";

/** The sinks of a running hub, ready to be asked what became of a record. */
export function whySinks(
	{ routes }: Pick<HubConfig, "routes">,
	subscriptions: readonly Subscription[],
	sinks: readonly Sink[],
	now: EpochMs,
): readonly WhySink[] {
	return subscriptions.map((subscription, at) => {
		const { name } = subscription;
		const sink = sinks[at];
		const { partitions, sentence } = subscription.status();
		return {
			name,
			routes: routesTo(routes, name),
			kind: sink?.kind ?? "unknown",
			cursor: async (partition) => partitions.find((one) => one.partition === partition)?.cursor,
			...(sink?.kind === "serving" && { explain: (record) => sink.explain?.(record, now) }),
			sentence,
		};
	});
}
