import { parseArgs } from "node:util";
import { crashRun } from "./crash-run.js";

const HELP = `Kills a hub under load with SIGKILL again and again, and checks at its sinks that nothing settled is lost.

  npm run crash-test -- [--kills 50] [--seed N] [--json]

At least half of the kills must hit a transaction of the store. A run that fails prints its seed and keeps its folder;
the seed decides load and moments, but real time is never the same twice.`;

const { values } = parseArgs({
	options: {
		kills: { type: "string", default: "50" },
		seed: { type: "string" },
		json: { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});

if (values.help) {
	console.log(HELP);
	process.exit(0);
}
const kills = whole("--kills", values.kills);
const seed = values.seed === undefined ? Date.now() % 1_000_000 : whole("--seed", values.seed);
if (!values.json) console.log(`crash test, seed ${seed}: ${kills} kills`);
const summary = await crashRun({
	kills,
	seed,
	onKill: ({ kills: done, openCommits, looked, pushed, polled, archived, seconds }) => {
		if (values.json || (done % 10 !== 0 && done !== kills)) return;
		console.log(
			`${done} of ${kills} kills, ${openCommits} of ${looked} within a commit; settled: ${pushed.accepted} pushed, ` +
				`${polled} polled; archived: ${archived}; ${seconds} s`,
		);
	},
});
if (summary.failed.length === 0 && summary.looked > 0 && summary.openCommits * 2 < summary.kills)
	summary.failed.push(`only ${summary.openCommits} of ${summary.kills} kills hit an open commit`);
const hasFailed = summary.failed.length > 0;
if (values.json) console.log(JSON.stringify(summary));
else {
	for (const finding of summary.failed) console.log(`FAILED: ${finding}`);
	if (hasFailed) console.log(`Seed ${seed}. Store, archive and configuration are kept in ${summary.folder}`);
	else
		console.log(
			`Every promise held: ${summary.kills} kills (${summary.openCommits} within a commit, ${summary.whileStarting} while starting), ` +
				`${summary.pushed.accepted + summary.polled} settled reports, ${summary.repeatedBatches} repeated batches, ` +
				`${summary.audits} audits, ${summary.seconds} s`,
		);
}
process.exit(hasFailed ? 1 : 0);

function whole(name: string, text: string): number {
	if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
	console.error(`${name} ${text}: a whole number from 1 on is expected`);
	return process.exit(2);
}
