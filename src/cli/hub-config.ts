import { resolve as resolvePath } from "node:path";
import type { HubConfig, SinkConfig } from "../config/config.js";
import { formatFinding } from "../config/findings.js";
import { type LoadOptions, loadConfigFile } from "../config/load.js";
import type { Runtime } from "../runtime/runtime.js";
import type { CliContext } from "./context.js";

/**
 * The configuration for a command that talks to its hub or looks at its store; undefined after its errors were printed.
 * Secrets of feeds, sinks and channels are the hub's own: whoever asks it need not have them. With `skipEnvironment` no
 * secret is read at all, and nothing need exist yet.
 */
export async function readHubConfig(
	file: string,
	{ runtime, terminal, plugins, workingDirectory }: CliContext,
	options: Pick<LoadOptions, "skipEnvironment" | "secretsOf"> = {},
): Promise<HubConfig | undefined> {
	const { config, findings } = await loadConfigFile(resolvePath(workingDirectory, file), {
		plugins,
		runtime,
		environment: terminal.environment,
		skipTopology: true,
		secretsOf: "http",
		...options,
	});
	for (const finding of findings)
		if (finding.severity === "error") terminal.err(formatFinding(file, finding));
	return config;
}

/** Sinks that write elsewhere, as opposed to those that are served. */
export function deliverySinksOf(config: HubConfig, runtime: Runtime): readonly SinkConfig[] {
	const { baseDirectory } = config;
	return config.sinks.filter(({ name, definition, options, secrets }) => {
		const sink = definition.create(options, { name, runtime, baseDirectory, secrets });
		return sink.kind === "delivery";
	});
}
