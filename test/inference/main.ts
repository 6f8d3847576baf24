/** The tables of docs/infer.md, measured: `npm run inference`, with `-- --json` for machines. */
import { realData } from "../real-data.js";
import { readTable } from "./table.js";

const folder = realData();
if (folder === undefined) {
	process.stderr.write("../shared/real-data is absent: there is nothing to measure.\n");
	process.exitCode = 1;
} else {
	const { totals, summaries, lines } = readTable(folder);
	if (process.argv.includes("--json")) console.log(JSON.stringify(totals));
	else
		for (const [name, summary] of Object.entries({ ...summaries, "each sample": lines }))
			for (const line of [`${name}:`, "", ...summary, ""]) console.log(line);
}
