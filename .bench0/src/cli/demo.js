import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MINUTE_MS } from "../model/units.js";
import { serveAgency } from "../simulation/serve.js";
/** The configuration of the demo. */
export const DEMO_CONFIG = fileURLToPath(new URL("../../examples/demo.yaml", import.meta.url));
const FOLDER = ".wayside/demo";
const FILE = "wayside.yaml";
const GATEWAY = "WAYSIDE_DEMO_GATEWAY";
export async function startDemo({ runtime, terminal, workingDirectory }) {
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
