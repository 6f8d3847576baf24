/** Routes with a series of their own, per agency; what lies beyond counts in the sums. */
const ROUTES_MAX = 1000;
/**
 * The schedules, and how many records name a trip of theirs. Routes are those of the schedule, never what upstream says,
 * so that the number of series is bounded by it.
 */
export function scheduleMetrics(gauge, counter) {
    const current = gauge("schedule_current", "1 while a schedule covers today.", ["agency"]);
    const trips = gauge("schedule_trips_today", "Trips of the schedule that run today.", ["agency"]);
    const refused = gauge("schedule_refused", "1 while the newest feed is refused.", ["agency"]);
    const matches = counter("trip_matches", "Records with an assignment, by whether their trip is in the schedule.", ["agency", "gtfs_route", "resolved"]);
    const reasons = counter("trip_unresolved", "Records whose trip is not in the schedule, by reason.", [
        "agency",
        "reason",
    ]);
    const idsRefused = gauge("ids_refused", "1 while the rules for ids as they lie there are refused.", [
        "agency",
    ]);
    return ({ schedules = [], ids = [] }) => {
        for (const metric of [current, trips, refused, idsRefused, matches, reasons])
            metric.reset();
        for (const { agency, refusal } of ids)
            idsRefused.set({ agency }, refusal === undefined ? 0 : 1);
        for (const { agency, state, days, today, refusal, match } of schedules) {
            current.set({ agency }, state === "current" ? 1 : 0);
            trips.set({ agency }, days.find(({ date }) => date === today)?.trips ?? 0);
            refused.set({ agency }, refusal === undefined ? 0 : 1);
            for (const { gtfsRouteId, total } of match.routes.slice(0, ROUTES_MAX)) {
                const route = { agency, gtfs_route: gtfsRouteId };
                matches.inc({ ...route, resolved: "true" }, total.resolved);
                matches.inc({ ...route, resolved: "false" }, total.unresolved);
            }
            for (const [reason, count] of Object.entries(match.reasons))
                reasons.inc({ agency, reason }, count);
        }
    };
}
