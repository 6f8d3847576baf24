// Thousands of seeds that nobody has seen, on every core, and a week in which nobody may be called: what to run over night.
//   npm run simulate:nightly                              4000 seeds, other ones each day, and the week
//   npm run simulate:nightly -- --seeds 800 --first 9000  these
// Prints what `wayside simulate --json` prints, for all of them together, and `quietWeek`; 1 when a promise did not hold.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** What one virtual moment allocates is garbage in the next: with room for it a sixth of the time is saved. */
const YOUNG = "--max-semi-space-size=64";
const SEEDS_PER_DAY = 10_000;
const day = Math.floor(Date.now() / 86_400_000);
const { values } = parseArgs({ options: { seeds: { type: "string" }, first: { type: "string" } } });
const seeds = Number(values.seeds ?? 4000);
const first = Number(values.first ?? day * SEEDS_PER_DAY);
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(first) || first < 0) {
	console.error("--seeds and --first: whole numbers are expected");
	process.exit(2);
}

const started = performance.now();
const ran = await runSeeds();
for (const { seed, invariant, message } of ran.failed)
	console.error(`seed ${seed}: ${invariant}: ${message}`);
const quietWeek = await runWeek();
ran.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(JSON.stringify({ ...ran, quietWeek }));
process.exit(ran.failed.length === 0 && quietWeek.alerts + quietWeek.messages === 0 ? 0 : 1);

function runSeeds() {
	const words = ["simulate", "--first", `${first}`, "--seeds", `${seeds}`, "--json"];
	return answerOf([join(root, "dist/cli/main.js"), ...words], "inherit", "The seeds");
}

function runWeek() {
	return answerOf(["--import", "tsx", join(root, "test/quiet-week/main.ts")], "inherit", "The quiet week");
}

function answerOf(words, stderr, what) {
	const child = spawn(process.execPath, [YOUNG, ...words], { cwd: root, stdio: ["ignore", "pipe", stderr] });
	let text = "";
	child.stdout.setEncoding("utf8").on("data", (piece) => {
		text += piece;
	});
	return new Promise((resolve, reject) => {
		child.on("close", (status) => {
			if (text.startsWith("{")) resolve(JSON.parse(text));
			else reject(new Error(`${what} ended with ${status} and no result`));
		});
	});
}
