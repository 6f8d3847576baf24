/** Requests that upstream counts per day, for everybody who uses its key. */
export function quotaMetrics(gauge) {
    const labels = ["quota"];
    const used = gauge("quota_used_requests", "Requests of the present day.", labels);
    const limit = gauge("quota_limit_requests", "Requests that a day may have.", labels);
    const reset = gauge("quota_reset_timestamp_seconds", "When the quota starts anew.", labels);
    const closed = gauge("quota_closed", "1 while upstream says that its limit of the day is reached.", labels);
    return ({ quotas }) => {
        for (const metric of [used, limit, reset, closed])
            metric.reset();
        for (const quota of quotas) {
            const at = { quota: quota.name };
            if (quota.limit !== undefined) {
                used.set(at, quota.used);
                limit.set(at, quota.limit);
            }
            reset.set(at, quota.resetTime / 1000);
            closed.set(at, quota.closedUntil === undefined ? 0 : 1);
        }
    };
}
