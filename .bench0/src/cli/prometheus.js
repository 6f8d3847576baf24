import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { ALERT_RULES } from "../operations/alert-rules.js";
/** The one alert that a hub cannot raise by itself. */
const HUB_GONE = {
    alert: "WaysideHubGone",
    expr: 'absent(wayside_ready) or up{job="wayside"} == 0',
    for: "2m",
    labels: { severity: "page" },
    annotations: { summary: "No hub answers.", runbook: "docs/runbooks/hub-gone.md" },
};
/** The alerts of the hub as Prometheus judges them from `/metrics`, with the same thresholds and times. */
export function prometheusRules() {
    const rules = ALERT_RULES.flatMap(({ name, summary, after, prometheus }) => prometheus.map(({ severity, expr }) => {
        const afterMs = after[severity] ?? 0;
        return {
            alert: alertName(name),
            expr,
            ...(afterMs > 0 && { for: spanOf(afterMs) }),
            labels: { severity },
            annotations: { summary, runbook: `docs/runbooks/${name}.md` },
        };
    }));
    return { groups: [{ name: "wayside", rules: [...rules, HUB_GONE] }] };
}
/** As Prometheus names alerts: `feed-down` is `WaysideFeedDown`. */
function alertName(name) {
    const words = name.split("-").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
    return `Wayside${words.join("")}`;
}
function spanOf(ms) {
    return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS}m` : `${Math.round(ms / SECOND_MS)}s`;
}
