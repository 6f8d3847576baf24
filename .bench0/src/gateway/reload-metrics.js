/** How reloads of the configuration went, and whether what runs is what the file said when it was read last. */
export function reloadMetrics(gauge, counter) {
    const total = counter("reloads", "Reloads of the configuration by outcome, since the hub started.", [
        "outcome",
    ]);
    const successful = gauge("config_last_reload_successful", "1 when the last reload was put in place or changed nothing; absent before the first one.");
    const time = gauge("config_last_reload_timestamp_seconds", "When the last reload was answered.");
    return ({ reloads }) => {
        for (const metric of [total, successful, time])
            metric.reset();
        if (reloads === undefined)
            return;
        for (const [outcome, count] of Object.entries(reloads.counts))
            total.inc({ outcome }, count);
        const { last } = reloads;
        if (last === undefined) {
            for (const metric of [successful, time])
                metric.remove();
            return;
        }
        successful.set(last.outcome === "applied" || last.outcome === "unchanged" ? 1 : 0);
        time.set(last.time / 1000);
    };
}
