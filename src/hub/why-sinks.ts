import type { HubConfig } from "../config/config.js";
import type { EpochMs } from "../model/units.js";
import { routesTo, type WhySink } from "../operations/why.js";
import type { SinkState } from "./lineup.js";

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
