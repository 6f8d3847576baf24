// Every gate in one command. Prints how long each took; stops at the first that fails, unless `--all` is given.
// `--skip tests` leaves out gates by name, for a run that has just done them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const node = process.execPath;
const bin = (path) => join(root, "node_modules", path);
const gates = [
	[
		"lint and format",
		[
			node,
			[
				bin("@biomejs/biome/bin/biome"),
				"ci",
				".",
				"--error-on-warnings",
				...(process.stdout.isTTY ? [] : ["--colors=off"]),
			],
		],
	],
	["types", [node, [bin("typescript/bin/tsc"), "--noEmit", "-p", "tsconfig.test.json"]]],
	["types, second compiler", [node, [bin("typescript-7/bin/tsc"), "--noEmit", "-p", "tsconfig.test.json"]]],
	[
		"import law",
		[
			node,
			[bin("dependency-cruiser/bin/dependency-cruise.mjs"), "src", "--config", ".dependency-cruiser.cjs"],
		],
	],
	["dead code", [node, [bin("knip/bin/knip.js"), "--no-progress"]]],
	["tests", [node, [bin("vitest/vitest.mjs"), "run", "--coverage.enabled"]]],
	["build", [node, ["scripts/build.mjs", "--force"]]],
	["generated files", [node, ["scripts/generate.mjs", "--check"]]],
	["package", checkPackage],
];

const args = process.argv.slice(2);
const skipped = args.includes("--skip") ? (args[args.indexOf("--skip") + 1] ?? "").split(",") : [];
const results = [];
for (const [name, gate] of gates) {
	if (skipped.includes(name)) {
		results.push([name, "skipped", 0]);
		continue;
	}
	console.log(`\n== ${name}`);
	const started = performance.now();
	const ok = typeof gate === "function" ? gate() : run(...gate);
	results.push([name, ok ? "ok" : "FAILED", performance.now() - started]);
	if (!ok && !args.includes("--all")) break;
}
console.log("\nGate                     Result   Minutes");
for (const [name, result, ms] of results)
	console.log(`${name.padEnd(25)}${result.padEnd(9)}${(ms / 60_000).toFixed(2)}`);
const total = results.reduce((sum, [, , ms]) => sum + ms, 0);
console.log(`${"all".padEnd(34)}${(total / 60_000).toFixed(2)}`);
process.exit(results.some(([, result]) => result === "FAILED") ? 1 : 0);

function run(command, words, cwd = root) {
	return spawnSync(command, words, { cwd, stdio: "inherit" }).status === 0;
}

/** The tarball installs with production dependencies and no script, and what it installs works. */
function installs(tarball, folder) {
	mkdirSync(folder);
	writeFileSync(join(folder, "package.json"), "{}");
	const words = [
		"install",
		tarball,
		"--omit=dev",
		"--ignore-scripts",
		"--no-audit",
		"--no-fund",
		"--offline",
	];
	if (spawnSync("npm", words, { cwd: folder, stdio: "inherit" }).status !== 0) return false;
	const main = join(folder, "node_modules", "wayside", "dist", "cli", "main.js");
	writeFileSync(
		join(folder, "rmc.nmea"),
		"$GPRMC,094737,A,5251.00930,N,00518.81700,E,5.6,230.5,200818,,,A*53\r\n",
	);
	const verbs = [
		["--version"],
		["init", "wayside.yaml"],
		["check", "wayside.yaml"],
		// Opens a store: the SQLite in the package works without having been built here.
		["replay", "rmc.nmea", "--decoder", "nmea", "--set", "vehicleId=1"],
	];
	return verbs.every((verb) => run(node, [main, ...verb], folder));
}

/** What users get: the packed tarball, not the working tree. */
function checkPackage() {
	const folder = mkdtempSync(join(tmpdir(), "wayside-pack-"));
	try {
		const packed = spawnSync("npm", ["pack", "--pack-destination", folder, "--ignore-scripts"], {
			cwd: root,
			encoding: "utf8",
		});
		const name = readdirSync(folder).find((file) => file.endsWith(".tgz"));
		if (packed.status !== 0 || name === undefined) {
			console.error(packed.stderr);
			return false;
		}
		const tarball = join(folder, name);
		if (!existsSync(join(root, "dist", "index.js"))) {
			console.error("dist/index.js is missing: the package has no main entry");
			return false;
		}
		return (
			run(node, [bin("publint/src/cli.js"), "run", tarball, "--strict"]) &&
			run(node, [bin("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "esm-only"]) &&
			installs(tarball, join(folder, "installed"))
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
