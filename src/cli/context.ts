import { createRequire } from "node:module";
import type { PluginSet } from "../config/resolve.js";
import type { NodeRuntime } from "../runtime/node-runtime.js";
import type { Terminal } from "./terminal.js";

/** What every command gets: the terminal, the world, and the plug-ins that a configuration may name. */
export interface CliContext {
	readonly terminal: Terminal;
	readonly runtime: NodeRuntime;
	readonly plugins: PluginSet;
	readonly version: string;
	/** How this command line was started: Node and the script, absolute. */
	readonly program: readonly string[];
	/** The folder that the user's relative paths start from. */
	readonly workingDirectory: string;
}

/** The version in the package's own manifest. */
export function packageVersion(): string {
	const manifest = createRequire(import.meta.url)("../../package.json") as { readonly version: string };
	return manifest.version;
}
