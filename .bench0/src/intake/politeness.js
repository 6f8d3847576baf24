import { DAY_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { createUpstream, } from "../resilience/index.js";
/** An outage is over for riders within so long of its end; where a feed is asked more often than every 20 s, sooner. */
const OPEN_MAX_MS = MINUTE_MS;
const OPEN_SHORT_MS = 30 * SECOND_MS;
const OPEN_PACES = 3;
/**
 * What keeps an upstream from harm: one request at a time, inside its budgets, behind a breaker. There is no fallback
 * here, because what stands in for missing data is each sink's own affair. A rider feed cannot wait minutes for the next
 * probe after an outage, so the breaker opens for at most one, and for no longer than three polls would take (but 30 s): in an
 * outage upstream is asked a third as often as in health.
 */
export function politeUpstream(name, budget, more, runtime, paceMs = MINUTE_MS) {
    const { requests, bytes, quota, shared } = budget;
    return createUpstream(name, {
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
    }, runtime);
}
