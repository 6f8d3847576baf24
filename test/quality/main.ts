/**
 * The quality corpus: `npm run quality`, with `-- --json` for machines and `-- --other` for streams that no threshold was set on. Every mutation over every stream, what noticed it
 * and within how many frames, and what is told of the streams as they are. docs/quality.md has the last run.
 */
import { parseArgs } from "node:util";
import { readCorpus } from "./corpus.js";
import { readOtherStreams, readStreams } from "./streams.js";

const { values } = parseArgs({
	options: { json: { type: "boolean" }, table: { type: "boolean" }, other: { type: "boolean" } },
});
const corpus = readCorpus(values.other ? readOtherStreams() : readStreams());
if (!corpus.isWhole)
	process.stderr.write("../shared/real-data is absent: the corpus holds the simulated agencies only.\n");
if (values.table) for (const line of corpus.table) console.log(line);
else if (!values.json) for (const line of corpus.lines) console.log(line);
console.log(JSON.stringify(corpus.totals));
