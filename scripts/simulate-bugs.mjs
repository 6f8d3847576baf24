// Shows that the checks of the simulation bite: each planted bug is put into a copy of src/, and the seed that is recorded
// with it must fail, for the invariant that is recorded, while the same seed is clean without the bug.
//   npm run simulate:bugs               all of them
//   npm run simulate:bugs -- NAME...    only these
// A patch that no longer applies fails too: then it has to be written anew for the code as it is.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PLANTED_BUGS } from "./planted-bugs.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
/** A bug may make a world grow for ever. */
const RUN_MAX_MS = 120_000;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PLANTED_BUGS.some((bug) => bug.name === name));
if (unknown.length > 0) {
	console.error(`No planted bug is called ${unknown.join(", ")}. There are:`);
	for (const { name } of PLANTED_BUGS) console.error(`  ${name}`);
	process.exit(2);
}
const bugs = PLANTED_BUGS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const folder = mkdtempSync(join(tmpdir(), "wayside-planted-"));
let missed = 0;
const report = (name, isGood, said) => {
	if (!isGood) missed++;
	console.log(`${name.padEnd(48)}${isGood ? "" : "MISSED: "}${said}`);
};
try {
	cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
	for (const one of ["package.json", "tsconfig.json"]) cpSync(join(root, one), join(folder, one));
	symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
	for (const seed of new Set(bugs.map((bug) => bug.seed))) {
		const { failure, said } = run(seed);
		report(`seed ${seed} without a bug`, said === undefined && failure === undefined, said ?? tell(failure));
	}
	for (const bug of bugs) judge(bug);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.exit(missed === 0 ? 0 : 1);

function judge({ name, file, seed, invariant, edits }) {
	const path = join(folder, file);
	const sound = readFileSync(path, "utf8");
	let text = sound;
	for (const [there, planted] of edits) {
		if (text.split(there).length !== 2) {
			report(name, false, `${file} does not hold once: ${there.trim()}`);
			return;
		}
		text = text.replace(there, () => planted);
	}
	writeFileSync(path, text);
	try {
		const { failure, said } = run(seed);
		report(name, failure?.invariant === invariant, said ?? `${tell(failure)} (expected: ${invariant})`);
	} finally {
		writeFileSync(path, sound);
	}
}

function tell(failure) {
	return failure === undefined ? "clean" : `seed ${failure.seed}: ${failure.invariant}: ${failure.message}`;
}

/** The failure of that seed in the copy, if any; or what else went wrong. */
function run(seed) {
	const words = ["simulate", "--first", `${seed}`, "--seeds", "1", "--json"];
	const { stdout, stderr, status } = spawnSync(
		process.execPath,
		["--import", loader, join(folder, "src/cli/main.ts"), ...words],
		{ cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: RUN_MAX_MS },
	);
	if (!stdout.startsWith("{")) return { said: `the run ended with ${status}: ${stderr.slice(-300)}` };
	return { failure: JSON.parse(stdout).failed[0] };
}
