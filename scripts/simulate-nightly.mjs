// Thousands of seeds that nobody has seen, on every core: what to run over night.
//   npm run simulate:nightly                              4000 seeds, other ones each day
//   npm run simulate:nightly -- --seeds 800 --first 9000  these
// Prints what `wayside simulate --json` prints, for all of them together; 1 when a promise did not hold.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
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
total.virtualHours = Number(total.virtualHours.toFixed(1));
total.seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(JSON.stringify(total));
process.exit(total.failed.length === 0 ? 0 : 1);

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
	const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	let text = "";
	child.stdout.setEncoding("utf8").on("data", (piece) => {
		text += piece;
	});
	return new Promise((resolve, reject) => {
		child.on("close", (status) => {
			if (text.startsWith("{")) resolve(JSON.parse(text));
			else reject(new Error(`Seeds from ${from} on ended with ${status} and no result`));
		});
	});
}
