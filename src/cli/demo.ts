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
	/** The same from where the demo was started, for whoever types a command. */
	readonly shownPath: string;
	/** Where the demo's relative paths start, so that it leaves nothing beside the example. */
	readonly baseDirectory: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly gatewayUrl: string;
	close(): Promise<void>;
}

const FOLDER = ".wayside/demo";
const FILE = "wayside.yaml";
const GATEWAY = "WAYSIDE_DEMO_GATEWAY";

export async function startDemo({ runtime, terminal, workingDirectory }: CliContext): Promise<Demo> {
	// Whoever tries it out sees it work before it breaks.
	const agency = await serveAgency({ clock: runtime.clock, calmMs: MINUTE_MS });
	const baseDirectory = join(workingDirectory, FOLDER);
	const configPath = join(baseDirectory, FILE);
	const example = await runtime.files.read(DEMO_CONFIG);
	// Beside its store, whole: every command that takes a configuration looks into the demo, also when it has ended.
	const text = new TextDecoder().decode(example).replaceAll(`\${${GATEWAY}}`, agency.url);
	await runtime.files.makeDirectory(baseDirectory);
	await runtime.files.writeAtomic(configPath, `# Written anew by each start of the demo.\n${text}`);
	return {
		configPath,
		shownPath: `${FOLDER}/${FILE}`,
		baseDirectory,
		environment: terminal.environment,
		gatewayUrl: agency.url,
		close: () => agency.close(),
	};
}
