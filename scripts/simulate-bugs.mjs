// Shows that the checks of the simulation bite: each planted bug is put into a temporary copy of src/, and the seed that is
// recorded with it must fail, for the invariant that is recorded, while the same seed is clean without the bug.
//   npm run simulate:bugs               all of them
//   npm run simulate:bugs -- NAME...    only these
// A patch that no longer applies fails too: then it has to be written anew for the code as it is. Runs on every core.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PLANTED_BUGS } from "./planted-bugs.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
/** What one virtual moment allocates is garbage in the next: with room for it a sixth of the time is saved. */
const YOUNG = "--max-semi-space-size=64";
/** A bug may make a world grow for ever. A sound one takes a second or two of a core that is free. */
const SEED_MAX_MS = 180_000;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PLANTED_BUGS.some((bug) => bug.name === name));
if (unknown.length > 0) {
	console.error(`No planted bug is called ${unknown.join(", ")}. There are:`);
	for (const { name } of PLANTED_BUGS) console.error(`  ${name}`);
	process.exit(2);
}
const bugs = PLANTED_BUGS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const seeds = [...new Set(bugs.map(({ seed }) => seed))];
const work = [(copy) => judgeSound(copy), ...bugs.map((bug) => (folder) => judgePlanted(bug, folder))];

const started = performance.now();
let missed = 0;
let next = 0;
const folder = mkdtempSync(join(tmpdir(), "wayside-planted-"));
try {
	const lanes = Math.min(availableParallelism(), work.length);
	await Promise.all(Array.from({ length: lanes }, (_, lane) => drive(copyOfSource(join(folder, `${lane}`)))));
} finally {
	rmSync(folder, { recursive: true, force: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
	`${bugs.length} planted bugs, ${seeds.length} seeds without one: ${missed} missed, in ${seconds} s`,
);
process.exit(missed === 0 ? 0 : 1);

function copyOfSource(into) {
	cpSync(join(root, "src"), join(into, "src"), { recursive: true });
	for (const one of ["package.json", "tsconfig.json"]) cpSync(join(root, one), join(into, one));
	symlinkSync(join(root, "node_modules"), join(into, "node_modules"), "junction");
	return into;
}

async function drive(copy) {
	for (let one = work[next++]; one !== undefined; one = work[next++]) await one(copy);
}

async function judgeSound(copy) {
	const { failure, said } = await run(seeds, copy);
	const name = `${seeds.length} seeds without a bug`;
	report(name, said === undefined && failure === undefined, said ?? tell(failure));
}

async function judgePlanted({ name, file, seed, invariant, edits }, copy) {
	const path = join(copy, file);
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
		const { failure, said } = await run([seed], copy);
		report(name, failure?.invariant === invariant, said ?? `${tell(failure)} (expected: ${invariant})`);
	} finally {
		writeFileSync(path, sound);
	}
}

function report(name, isGood, said) {
	if (!isGood) missed++;
	console.log(`${name.padEnd(48)}${isGood ? "" : "MISSED: "}${said}`);
}

function tell(failure) {
	return failure === undefined ? "clean" : `seed ${failure.seed}: ${failure.invariant}: ${failure.message}`;
}

/** The first failure of these seeds in the copy, if any; or what else went wrong. */
function run(seeds, copy) {
	const words = ["simulate", "--seed", seeds.join(","), "--jobs", "1", "--json"];
	const child = spawn(
		process.execPath,
		[YOUNG, "--import", loader, join(copy, "src/cli/main.ts"), ...words],
		{
			cwd: copy,
			stdio: ["ignore", "pipe", "pipe"],
			timeout: SEED_MAX_MS * seeds.length,
			killSignal: "SIGKILL",
		},
	);
	const texts = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"]) {
		child[name].setEncoding("utf8").on("data", (piece) => {
			texts[name] += piece;
		});
	}
	return new Promise((resolve) => {
		child.on("close", (status) => {
			const { stdout, stderr } = texts;
			if (stdout.startsWith("{")) resolve({ failure: JSON.parse(stdout).failed[0] });
			else resolve({ said: `the run ended with ${status}: ${stderr.slice(-300)}` });
		});
	});
}
