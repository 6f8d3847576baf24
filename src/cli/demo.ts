import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MINUTE_MS } from "../model/units.js";
import { serveAgency } from "../simulation/serve.js";
import type { CliContext } from "./context.js";

/** The configuration of the demo. */
export const DEMO_CONFIG = fileURLToPath(new URL("../../examples/demo.yaml", import.meta.url));

/** What the demo runs on: an agency that does not exist, and the configuration that reads it. */
export interface Demo {
	readonly configPath: string;
	/** Where the demo's relative paths start, so that it leaves nothing beside the example. */
	readonly baseDirectory: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly gatewayUrl: string;
	close(): Promise<void>;
}

export async function startDemo({ runtime, terminal, workingDirectory }: CliContext): Promise<Demo> {
	// Whoever tries it out sees it work before it breaks.
	const agency = await serveAgency({ clock: runtime.clock, calmMs: MINUTE_MS });
	return {
		configPath: DEMO_CONFIG,
		baseDirectory: join(workingDirectory, ".wayside", "demo"),
		environment: { ...terminal.environment, WAYSIDE_DEMO_GATEWAY: agency.url },
		gatewayUrl: agency.url,
		close: () => agency.close(),
	};
}
