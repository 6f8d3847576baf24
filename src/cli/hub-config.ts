import { resolve as resolvePath } from "node:path";
import type { HubConfig } from "../config/config.js";
import { formatFinding } from "../config/findings.js";
import { loadConfigFile } from "../config/load.js";
import type { CliContext } from "./context.js";

/** The configuration for a command that talks to its hub or opens its store; undefined after its errors were printed. */
export async function readHubConfig(
	file: string,
	{ runtime, terminal, plugins, workingDirectory }: CliContext,
): Promise<HubConfig | undefined> {
	const { config, findings } = await loadConfigFile(resolvePath(workingDirectory, file), {
		plugins,
		runtime,
		environment: terminal.environment,
		skipTopology: true,
	});
	for (const finding of findings)
		if (finding.severity === "error") terminal.err(formatFinding(file, finding));
	return config;
}
