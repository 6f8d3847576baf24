import { stringify } from "yaml";
import { EXIT } from "./exit-codes.js";
import { grafanaDashboard } from "./grafana.js";
import { prometheusRules } from "./prometheus.js";
/** Prints the hub's alerts as rules for Prometheus. */
export function exportPrometheus({ json }, { terminal, version }) {
    const rules = prometheusRules();
    if (json)
        terminal.out(JSON.stringify(rules));
    else {
        terminal.out(`# Alert rules of Wayside ${version}: load them with rule_files, and check them with promtool check rules.`);
        terminal.out(stringify(rules, { lineWidth: 0 }).trimEnd());
    }
    return EXIT.ok;
}
/** Prints a dashboard for Grafana, which imports JSON. */
export function exportGrafana(_options, { terminal }) {
    terminal.out(JSON.stringify(grafanaDashboard(), undefined, "\t"));
    return EXIT.ok;
}
