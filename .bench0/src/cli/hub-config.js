import { resolve as resolvePath } from "node:path";
import { formatFinding } from "../config/findings.js";
import { loadConfigFile } from "../config/load.js";
/**
 * The configuration for a command that talks to its hub or looks at its store; undefined after its errors were printed.
 * Secrets of feeds, sinks and channels are the hub's own: whoever asks it need not have them. With `skipEnvironment` no
 * secret is read at all, and nothing need exist yet.
 */
export async function readHubConfig(file, { runtime, terminal, plugins, workingDirectory }, options = {}) {
    const { config, findings } = await loadConfigFile(resolvePath(workingDirectory, file), {
        plugins,
        runtime,
        environment: terminal.environment,
        skipTopology: true,
        secretsOf: "http",
        ...options,
    });
    for (const finding of findings)
        if (finding.severity === "error")
            terminal.err(formatFinding(file, finding));
    return config;
}
/** Sinks that write elsewhere, as opposed to those that are served. */
export function deliverySinksOf(config, runtime) {
    const { baseDirectory } = config;
    return config.sinks.filter(({ name, definition, options, secrets }) => {
        const sink = definition.create(options, { name, runtime, baseDirectory, secrets });
        return sink.kind === "delivery";
    });
}
