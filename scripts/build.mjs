// Builds dist/ from src/ when any source is newer than the last build, so that `npm start` and the tests that start real
// processes and worker threads can call it every time. The native TypeScript compiler makes a full build take well under
// a second of the caller's time; `--force` rebuilds.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "dist", ".built");

function newest(directory) {
	let latest = 0;
	for (const entry of readdirSync(directory, { withFileTypes: true })) {
		const path = join(directory, entry.name);
		latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
	}
	return latest;
}

const sources = Math.max(newest(join(root, "src")), statSync(join(root, "tsconfig.json")).mtimeMs);
const fresh = existsSync(stamp) && statSync(stamp).mtimeMs >= sources && !process.argv.includes("--force");
if (!fresh) {
	if (process.argv.includes("--force")) rmSync(join(root, "dist"), { recursive: true, force: true });
	const require = createRequire(import.meta.url);
	const compiler = join(dirname(require.resolve("typescript-7/package.json")), "bin", "tsc");
	const built = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.json")], {
		stdio: "inherit",
	});
	if (built.status !== 0) process.exit(built.status ?? 1);
	for (const entry of readdirSync(join(root, "src"), { recursive: true })) {
		const name = String(entry);
		if (/\.(html|css|svg|sql|yaml)$/.test(name)) cpSync(join(root, "src", name), join(root, "dist", name));
	}
	const main = join(root, "dist", "cli", "main.js");
	if (existsSync(main)) chmodSync(main, 0o755);
	writeFileSync(stamp, "");
}
