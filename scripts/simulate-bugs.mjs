// Shows that the checks of the simulation bite: each planted bug is put into a copy of src/, and some seed must fail.
//   npm run simulate:bugs               all of them
//   npm run simulate:bugs -- NAME...    only these
// A patch that no longer applies fails too: then it has to be written anew for the code as it is.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SEEDS_MAX = 24;
const SEEDS_AT_ONCE = 4;

/** `[name, file, the seed to begin with, what stands there once, what is planted in its place, ...]` */
const BUGS = [
	[
		"acknowledge before sync",
		"src/intake/intake.ts",
		1,
		"positions = await this.#log.commit({",
		"const early = this.#log.commit({",
		"		} catch (thrown) {\n			this.#backlogBytes -= bytes;",
		"			void early.then((given) => { packs.forEach((pack, at) => { const firstOffset = given[at]?.offset as number; for (const frame of unpackFrames({ ...pack, firstOffset })) this.#queue.push(frame); }); this.#startPump(); }, () => undefined);\n			return;\n		} catch (thrown) {\n			this.#backlogBytes -= bytes;",
	],
	[
		"forget the marks on crash",
		"src/intake/memory-of-keys.ts",
		1,
		"else this.#admitter.restore(record);",
		"else void record;",
	],
	[
		"drop the late",
		"src/intake/admit.ts",
		1,
		'if (standing === "told") return IGNORED;',
		'if (standing === "told" || eventTime < mark.highWater) return IGNORED;',
	],
	[
		"re-stamp time",
		"src/intake/admit.ts",
		1,
		"const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;",
		"const eventTime = stated === undefined ? origin.receivedTime : Math.max(stated, origin.receivedTime - 30_000);",
	],
	[
		"double-count",
		"src/intake/interpret.ts",
		1,
		'this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates);',
		'this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates * 2);',
	],
	[
		"ask every second while the store is full",
		"src/intake/feed.ts",
		28,
		"Math.max(thrown.retryAfterMs ?? STORE_WAIT_MS, source.pauseMs?.() ?? source.everyMs)",
		"thrown.retryAfterMs ?? STORE_WAIT_MS",
	],
	[
		"stop in the middle of a backlog",
		"src/routes/reorder-window.ts",
		36,
		"window.isFollowed(at, reorder.windowMs)) return Number.NEGATIVE_INFINITY;",
		"window.isFollowed(at, reorder.windowMs)) return 0;",
	],
];

const wanted = process.argv.slice(2);
let missed = 0;
for (const [name, file, first, ...edits] of BUGS) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const caught = plant(file, first, edits);
	if (caught.startsWith("MISSED") || caught.startsWith("STALE")) missed++;
	console.log(`${name.padEnd(44)}${caught}`);
}
process.exit(missed === 0 ? 0 : 1);

function plant(file, first, edits) {
	const folder = mkdtempSync(join(tmpdir(), "wayside-planted-"));
	try {
		cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
		for (const one of ["package.json", "tsconfig.json"]) cpSync(join(root, one), join(folder, one));
		symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
		let text = readFileSync(join(folder, file), "utf8");
		for (let at = 0; at < edits.length; at += 2) {
			if (text.split(edits[at]).length !== 2) return `STALE: ${file} does not hold once: ${edits[at]}`;
			text = text.replace(edits[at], () => edits[at + 1]);
		}
		writeFileSync(join(folder, file), text);
		return judge(folder, first);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function judge(folder, from) {
	const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
	for (let first = from; first < from + SEEDS_MAX; first += SEEDS_AT_ONCE) {
		const words = ["simulate", "--first", `${first}`, "--seeds", `${SEEDS_AT_ONCE}`, "--json"];
		const run = spawnSync(process.execPath, ["--import", loader, join(folder, "src/cli/main.ts"), ...words], {
			cwd: folder,
			encoding: "utf8",
			stdio: ["ignore", "pipe", "pipe"],
		});
		const [failed] = run.stdout.startsWith("{") ? JSON.parse(run.stdout).failed : [];
		if (failed !== undefined) return `seed ${failed.seed}: ${failed.invariant}: ${failed.message}`;
		if (run.status !== 0) return `MISSED: the run ended with ${run.status}: ${run.stderr.slice(-300)}`;
	}
	return `MISSED by ${SEEDS_MAX} seeds from ${from} on`;
}
