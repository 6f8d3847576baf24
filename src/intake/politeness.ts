import { DAY_MS, type DurationMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import {
	createUpstream,
	type SharedLimit,
	type Upstream,
	type UpstreamOptions,
} from "../resilience/index.js";
import type { Runtime } from "../runtime/runtime.js";

/** An outage is over for riders within so long of its end; where a feed is asked more often than every 20 s, sooner. */
const OPEN_MAX_MS: DurationMs = MINUTE_MS;
const OPEN_SHORT_MS: DurationMs = 30 * SECOND_MS;
const OPEN_PACES = 3;

/** So many (requests, bytes) in so long. */
interface Rate {
	readonly count: number;
	readonly perMs: DurationMs;
}

/** What upstream may be burdened with. Absent: no limit of that sort. */
export interface PoliteBudget {
	readonly requests: Rate | undefined;
	/** Bytes over the wire. */
	readonly bytes: Rate | undefined;
	/** Requests in a long window, such as a vendor's daily quota. */
	readonly quota: Rate | undefined;
	/** What other upstreams use as well. */
	readonly shared?: SharedLimit | undefined;
}

/**
 * What keeps an upstream from harm: one request at a time, inside its budgets, behind a breaker. There is no fallback
 * here, because what stands in for missing data is each sink's own affair. A rider feed cannot wait minutes for the next
 * probe after an outage, so the breaker opens for at most one, and for no longer than three polls would take (but 30 s): in an
 * outage upstream is asked a third as often as in health.
 */
export function politeUpstream(
	name: string,
	budget: PoliteBudget,
	more: Pick<UpstreamOptions, "persist" | "onEvent">,
	runtime: Runtime,
	paceMs: DurationMs = MINUTE_MS,
): Upstream {
	const { requests, bytes, quota, shared } = budget;
	return createUpstream(
		name,
		{
			fallback: false,
			singleFlight: false,
			breaker: { openMaxMs: Math.min(OPEN_MAX_MS, Math.max(OPEN_SHORT_MS, OPEN_PACES * paceMs)) },
			bulkhead: { limit: 1, queueMax: 1 },
			budget: {
				...(requests && { requests }),
				...(bytes && { bytesPerSecond: (bytes.count * SECOND_MS) / bytes.perMs }),
				...(quota && { day: { count: Math.floor((quota.count * DAY_MS) / quota.perMs) } }),
				...(shared && { shared }),
			},
			...more,
		},
		runtime,
	);
}
