// Writes docs/drills.md, and the detection times of docs/operations.md, from what drills are graded against, and from what `wayside drill all --json` says of the demo's
// configuration. With `--check` it writes nothing, runs no drill, and fails where the names, the sentences or the thresholds of
// the page are not those of the code: the results stand until somebody runs `npm run drills` again.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
await import("./build.mjs");
const { EXCEPTIONS, MEASURES, SCENARIOS, THRESHOLDS } = await import("../dist/simulation/drills/index.js");

const page = join(root, "docs", "drills.md");
const operations = join(root, "docs", "operations.md");
const before = readFileSync(page, "utf8");
const isCheck = process.argv.includes("--check");

const seconds = (ms) => `${ms / 1000} s`;
const percent = (share) => `${Number((share * 100).toFixed(2))} %`;
const SPOKEN = {
	lost: percent,
	duplicated: String,
	outOfOrder: (share) => (share === 1 ? "any that says so" : `${percent(share)} that say so`),
	untrue: String,
	freshness: ({ p50Ms, p95Ms }) => `p50 ${seconds(p50Ms)}, p95 ${seconds(p95Ms)}`,
	detect: (ms) => (ms === Number.POSITIVE_INFINITY ? "no alarm" : seconds(ms)),
	recover: seconds,
	alerts: (ms) => `${seconds(ms)} later than the rule says`,
	load: (share) => `${percent(share)} of the budget`,
	deadLetters: (share) => `${percent(share)} that were well`,
};

function thresholdRow(names, { exceeds, meets, reason }, measure) {
	const [better, worse] = [exceeds, meets].map(SPOKEN[measure]);
	return `| ${names.join(" | ")} | ${better} | ${worse} | ${reason} |`;
}

const thresholds = [
	"| Measure | Exceeds | Meets | Why |",
	"| --- | --- | --- | --- |",
	...MEASURES.map((measure) => thresholdRow([`\`${measure}\``], THRESHOLDS[measure], measure)),
	"",
	"Where a drill is another matter:",
	"",
	"| Drill | Measure | Exceeds | Meets | Why |",
	"| --- | --- | --- | --- | --- |",
	...Object.entries(EXCEPTIONS).flatMap(([name, own]) =>
		Object.entries(own).map(([measure, one]) =>
			thresholdRow([`\`${name}\``, `\`${measure}\``], one, measure),
		),
	),
].join("\n");

function rehearsed() {
	const words = ["dist/cli/main.js", "drill", "all", "--json"];
	const run = spawnSync(process.execPath, words, {
		cwd: root,
		encoding: "utf8",
		maxBuffer: 64 * 1024 * 1024,
	});
	if (run.stdout === "") throw new Error(`no drill was run: ${run.stderr}`);
	return JSON.parse(run.stdout);
}

function results({ drills, exceeds, meets, below, scorecards }) {
	const worst =
		below.length === 0 ? "none is below" : `below: ${below.map((name) => `\`${name}\``).join(", ")}`;
	const cards = scorecards.flatMap(({ name, what, grade, scores }) => [
		`### ${name}: ${grade}`,
		"",
		what,
		"",
		"| Measure | Result | Grade | Why |",
		"| --- | --- | --- | --- |",
		...scores.map(
			({ measure, value, grade: one = "-", reason }) =>
				`| \`${measure}\` | ${value} | ${one} | ${reason.replaceAll("|", "\\|")} |`,
		),
		"",
	]);
	return [
		`Of ${drills} drills ${exceeds} exceed and ${meets} meet what they are graded against; ${worst}.`,
		"",
		...cards,
	]
		.join("\n")
		.trim();
}

/** Of each drill: when the hub said so first, and when somebody was told, since the beginning of the trouble. */
function detectionTimes({ scorecards }) {
	const span = (ms) => (ms === undefined ? "-" : `${Math.round(ms / 1000)} s`);
	const rows = scorecards.flatMap(({ name, measured: { detect, alerts } }) => {
		const first = detect === undefined ? "-" : `${span(detect.afterMs)}, \`${detect.code}\``;
		const told = alerts.map(
			({ alert, subject, warnMs, pageMs, overMs }) =>
				`\`${alert}\` of \`${subject}\` | ${span(warnMs[0])} | ${span(pageMs[0])} | ${span(overMs)} |`,
		);
		return (told.length === 0 ? ["nobody is called | - | - | - |"] : told).map(
			(row, at) => `| ${at === 0 ? `\`${name}\` | ${first}` : " |"} | ${row}`,
		);
	});
	return [
		"| Drill | First event | Alert | Warned | Paged | Over |",
		"| --- | --- | --- | --- | --- | --- |",
		...rows,
	].join("\n");
}

function between(text, name, content) {
	const [start, end] = [
		`<!-- ${name} by scripts/drills.mjs: begin -->`,
		`<!-- ${name} by scripts/drills.mjs: end -->`,
	];
	const [head, rest] = text.split(start);
	const tail = rest?.split(end)[1];
	if (tail === undefined) throw new Error(`The page must hold "${start}" and "${end}"`);
	return `${head}${start}\n\n${content}\n\n${end}${tail}`;
}

const after = between(before, "thresholds", thresholds);
if (isCheck) {
	const lacking = SCENARIOS.filter(
		({ name, what }) => !before.includes(`### ${name}: `) || !before.includes(what),
	);
	if (after !== before || lacking.length > 0) {
		console.error("docs/drills.md is not fresh; run: npm run drills");
		process.exit(1);
	}
} else {
	const run = rehearsed();
	writeFileSync(page, between(after, "results", results(run)));
	const text = readFileSync(operations, "utf8");
	writeFileSync(operations, between(text, "detection times", detectionTimes(run)));
}
