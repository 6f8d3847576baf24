// Compiles src/ and bench/ to .bench/ and runs one benchmark there: a loader that compiles on the fly would show in its
// memory and its first seconds. `node scripts/bench.mjs pipeline --json`; the garbage collector's switch is on.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [name, ...parameters] = process.argv.slice(2);
const compiler = join(
	dirname(createRequire(import.meta.url).resolve("typescript-7/package.json")),
	"bin",
	"tsc",
);
const built = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.bench.json")], {
	stdio: "inherit",
});
if (built.status !== 0) process.exit(built.status ?? 1);
const benchmark = join(root, ".bench", "bench", `${name}.js`);
const ran = spawnSync(process.execPath, ["--expose-gc", benchmark, ...parameters], {
	stdio: "inherit",
	cwd: root,
});
process.exit(ran.status ?? 1);
