import { stringify } from "yaml";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { grafanaDashboard } from "./grafana.js";
import { prometheusRules } from "./prometheus.js";

export interface ExportOptions {
	readonly json?: boolean;
}

/** Prints the hub's alerts as rules for Prometheus. */
export function exportPrometheus({ json }: ExportOptions, { terminal, version }: CliContext): ExitCode {
	const rules = prometheusRules();
	if (json) terminal.out(JSON.stringify(rules));
	else {
		terminal.out(
			`# Alert rules of Wayside ${version}: load them with rule_files, and check them with promtool check rules.`,
		);
		terminal.out(stringify(rules, { lineWidth: 0 }).trimEnd());
	}
	return EXIT.ok;
}

/** Prints a dashboard for Grafana, which imports JSON. */
export function exportGrafana(_options: ExportOptions, { terminal }: CliContext): ExitCode {
	terminal.out(JSON.stringify(grafanaDashboard(), undefined, "\t"));
	return EXIT.ok;
}
