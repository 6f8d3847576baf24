import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const SKIPPED = new Set([
	".git",
	"node_modules",
	"dist",
	"coverage",
	"reports",
	".wayside",
	".bench",
	".stryker-tmp",
]);
const TEXT =
	/\.(ts|mts|mjs|cjs|js|json|md|yaml|yml|sql|html|css|svg|sh|txt|proto)$|^\.ci\/run$|^LICENSE$|^\.[a-z]+$/;

export interface RepositoryFile {
	/** From the root, with `/`. */
	readonly path: string;
	readonly text: string;
}

/** Every text file of the repository, read anew. */
export function repositoryFiles(): RepositoryFile[] {
	return walk(ROOT).map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

function walk(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		if (SKIPPED.has(entry.name)) return [];
		const full = join(folder, entry.name);
		if (entry.isDirectory()) return walk(full);
		const path = relative(ROOT, full).split(sep).join("/");
		return TEXT.test(path) || TEXT.test(entry.name) ? [path] : [];
	});
}
