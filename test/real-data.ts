import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The folder of captured input of real agencies, which is not part of the repository. Tests that need it skip with a
 * clear title where it is absent.
 */
export function realData(): string | undefined {
	const folder = fileURLToPath(new URL("../../shared/real-data", import.meta.url));
	return existsSync(folder) ? folder : undefined;
}
