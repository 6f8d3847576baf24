import { formatFinding } from "../config/findings.js";
import { loadConfigFile } from "../config/load.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";

export interface CheckOptions {
	readonly json?: boolean;
	/** Commander's names for --no-topology and --no-environment. */
	readonly topology?: boolean;
	readonly environment?: boolean;
}

/** Prints every finding with its place and its mend; 78 when one of them is an error. */
export async function check(file: string, options: CheckOptions, context: CliContext): Promise<ExitCode> {
	const { terminal, runtime, plugins } = context;
	const { findings } = await loadConfigFile(file, {
		plugins,
		runtime,
		environment: terminal.environment,
		skipTopology: options.topology === false,
		skipEnvironment: options.environment === false,
	});
	const errors = findings.filter((finding) => finding.severity === "error").length;
	if (options.json) {
		terminal.out(JSON.stringify({ file, ok: errors === 0, findings }));
	} else {
		for (const finding of findings) {
			const tone = finding.severity === "error" ? "bad" : "warn";
			const [first = "", ...rest] = formatFinding(file, finding).split("\n");
			terminal.out([terminal.paint(tone, first), ...rest].join("\n"));
		}
		const warnings = findings.length - errors;
		const sums = `${plural(errors, "error")}, ${plural(warnings, "warning")}`;
		terminal.out(errors === 0 ? terminal.paint("good", `${file}: ok (${sums})`) : `${file}: ${sums}`);
	}
	return errors === 0 ? EXIT.ok : EXIT.config;
}

function plural(count: number, word: string): string {
	return `${count} ${word}${count === 1 ? "" : "s"}`;
}
