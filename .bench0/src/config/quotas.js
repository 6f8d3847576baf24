/** A quota starts anew at midnight where it says, else where the agency of its feeds is. */
export function resolveQuotas(quotas, feeds, add) {
    return Object.entries(quotas).map(([name, { limit, timezone, reserve }]) => {
        const users = feeds.filter(({ upstreams }) => upstreams.some(({ budget }) => budget.sharedQuota === name));
        const zones = [...new Set(users.map(({ agency }) => agency.timezone))];
        if (timezone === undefined && zones.length > 1) {
            add(["quotas", name], `the feeds of this quota belong to agencies in ${zones.join(" and ")}, so its midnight is not clear`, `add timezone: ${zones[0]}, or whichever upstream counts by`);
        }
        const zone = timezone ?? zones[0] ?? "UTC";
        return { name, limit: limit.count, timezone: zone, reserveShare: reserve };
    });
}
