// Thousands of seeds that nobody has seen, on every core, and a week in which nobody may be called: what to run over night.
//   npm run simulate:nightly                              4000 seeds, other ones each day, and the week
//   npm run simulate:nightly -- --seeds 800 --first 9000  these
// Prints what `wayside simulate --json` prints, for all of them together, and `quietWeek`; 1 when a promise did not hold.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** What one virtual moment allocates is garbage in the next: with room for it a sixth of the time is saved. */
const YOUNG = "--max-semi-space-size=64";
const SEEDS_AT_ONCE = 100;
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
const total = { seeds: 0, failed: [], virtualHours: 0, seconds: 0 };
let next = first;
await Promise.all(Array.from({ length: availableParallelism() }, work));
const quietWeek = await runWeek();
total.virtualHours = Number(total.virtualHours.toFixed(1));
total.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(JSON.stringify({ ...total, quietWeek }));
process.exit(total.failed.length === 0 && quietWeek.alerts + quietWeek.messages === 0 ? 0 : 1);

async function work() {
	while (next < first + seeds) {
		const from = next;
		next += SEEDS_AT_ONCE;
		const { failed, ...ran } = await run(from, Math.min(SEEDS_AT_ONCE, first + seeds - from));
		total.seeds += ran.seeds;
		total.virtualHours += ran.virtualHours;
		total.failed.push(...failed);
		for (const { seed, invariant, message } of failed)
			console.error(`seed ${seed}: ${invariant}: ${message}`);
	}
}

function run(from, count) {
	const words = ["simulate", "--first", `${from}`, "--seeds", `${count}`, "--json"];
	return answerOf([join(root, "dist/cli/main.js"), ...words], "ignore", `Seeds from ${from} on`);
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
