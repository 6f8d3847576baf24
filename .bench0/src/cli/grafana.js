/** What each promise is seen by, from riders to the store. */
const PANELS = [
    {
        title: "Open alerts",
        unit: "none",
        queries: [
            ["sum by (alert, subject, severity) (wayside_alert_open)", "{{severity}} {{alert}} {{subject}}"],
        ],
    },
    {
        title: "Error budget of 28 days that is left",
        unit: "percentunit",
        queries: [["wayside_slo_budget_left_ratio", "{{slo}}"]],
    },
    {
        title: "Feeds that are not well",
        unit: "none",
        queries: [['wayside_feed_state{state=~"failing|down"}', "{{feed}} {{state}}"]],
    },
    { title: "Age of data", unit: "s", queries: [["wayside_feed_age_seconds", "{{feed}}"]] },
    {
        title: "Vehicles that riders see",
        unit: "none",
        queries: [
            ["wayside_rider_vehicles_in_service", "{{sink}} in service"],
            ["wayside_rider_vehicles_overdue", "{{sink}} overdue"],
        ],
    },
    {
        title: "Records a second",
        unit: "ops",
        queries: [["sum by (feed) (rate(wayside_feed_records_total[5m]))", "{{feed}}"]],
    },
    {
        title: "Reports lost before they could be read",
        unit: "none",
        queries: [["sum by (feed) (increase(wayside_feed_gap_reports_total[1h]))", "{{feed}}"]],
    },
    { title: "Purge headroom", unit: "s", queries: [["wayside_feed_purge_headroom_seconds", "{{feed}}"]] },
    { title: "Lag of sinks", unit: "s", queries: [["wayside_sink_lag_seconds", "{{sink}}"]] },
    {
        title: "Dead letters an hour",
        unit: "none",
        queries: [
            ["sum by (feed) (increase(wayside_feed_dead_letters_total[1h]))", "{{feed}}"],
            ["sum by (sink) (increase(wayside_sink_dead_letters_total[1h]))", "{{sink}}"],
        ],
    },
    {
        title: "Calls to upstreams a minute",
        unit: "none",
        queries: [["sum by (upstream) (rate(wayside_upstream_attempts_total[5m])) * 60", "{{upstream}}"]],
    },
    {
        title: "Match rate",
        unit: "percentunit",
        queries: [
            [
                'sum by (agency) (rate(wayside_trip_matches_total{resolved="true"}[30m])) / sum by (agency) (rate(wayside_trip_matches_total[30m]))',
                "{{agency}}",
            ],
        ],
    },
    {
        title: "Quota used",
        unit: "percentunit",
        queries: [["wayside_quota_used_requests / wayside_quota_limit_requests", "{{quota}}"]],
    },
    {
        title: "Store",
        unit: "bytes",
        queries: [
            ["wayside_store_bytes", "{{topic}}"],
            ["wayside_store_free_bytes", "free"],
        ],
    },
    { title: "Ledger balances", unit: "none", queries: [["wayside_ledger_balanced", "balanced"]] },
];
const WIDTH = 12;
const HEIGHT = 8;
/** A dashboard of two columns; its data source is chosen when it is imported. */
export function grafanaDashboard() {
    const datasource = { type: "prometheus", uid: "${DS_PROMETHEUS}" };
    return {
        __inputs: [
            {
                name: "DS_PROMETHEUS",
                label: "Prometheus",
                type: "datasource",
                pluginId: "prometheus",
                pluginName: "Prometheus",
            },
        ],
        uid: "wayside",
        title: "Wayside",
        tags: ["transit"],
        timezone: "browser",
        schemaVersion: 39,
        refresh: "30s",
        time: { from: "now-24h", to: "now" },
        panels: PANELS.map(({ title, unit, queries }, at) => ({
            id: at + 1,
            title,
            type: "timeseries",
            datasource,
            gridPos: { x: (at % 2) * WIDTH, y: Math.floor(at / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
            fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
            targets: queries.map(([expr, legendFormat], query) => ({
                refId: String.fromCharCode(65 + query),
                datasource,
                expr,
                legendFormat,
            })),
        })),
    };
}
