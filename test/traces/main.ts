import { realData } from "../real-data.js";
import { recordedCapMetro, recordedMta } from "./recorded.js";
import { simulatedFigures } from "./simulated.js";
import { cellOf, ROWS } from "./table.js";

/** Prints the table of docs/simulation.md anew. */
const folder = realData();
const sides = [
	folder === undefined ? undefined : recordedMta(folder),
	simulatedFigures("mta-bus"),
	folder === undefined ? undefined : recordedCapMetro(folder),
	simulatedFigures("capmetro"),
];
process.stdout.write(
	"| | New York | `mta-bus` | Austin | `capmetro` |\n| --- | ---: | ---: | ---: | ---: |\n",
);
for (const row of ROWS) {
	const cells = sides.map((figures) => (figures === undefined ? "not here" : cellOf(row, figures)));
	process.stdout.write(`| ${[row.name, ...cells].join(" | ")} |\n`);
}
