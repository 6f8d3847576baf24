import { FIELDS, type Measured, measure, type Verdict } from "./measure.js";
import { SAMPLES } from "./samples.js";

const SIGNS: Readonly<Record<Verdict, string>> = {
	right: "yes",
	wrong: "WRONG",
	"not told": "no",
	absent: "",
	claimed: "CLAIMED",
};

type Totals = Readonly<Record<string, Readonly<Record<Verdict, number>>>>;

export interface InferenceTable {
	readonly measured: readonly { readonly names: Measured; readonly blind: Measured }[];
	readonly totals: { readonly names: Totals; readonly blind: Totals };
	readonly summary: readonly string[];
	readonly lines: readonly string[];
}

export function readTable(folder: string): InferenceTable {
	const measured = SAMPLES.map((sample) => ({
		names: measure(folder, sample, true),
		blind: measure(folder, sample, false),
	}));
	const totals = {
		names: totalsOf(measured.map(({ names }) => names)),
		blind: totalsOf(measured.map(({ blind }) => blind)),
	};
	return { measured, totals, summary: summaryOf(totals), lines: linesOf(measured) };
}

function totalsOf(measured: readonly Measured[]): Totals {
	const count = (verdicts: readonly Verdict[]) => ({
		right: verdicts.filter((verdict) => verdict === "right").length,
		wrong: verdicts.filter((verdict) => verdict === "wrong").length,
		"not told": verdicts.filter((verdict) => verdict === "not told").length,
		claimed: verdicts.filter((verdict) => verdict === "claimed").length,
		absent: verdicts.filter((verdict) => verdict === "absent").length,
	});
	return Object.fromEntries([
		...FIELDS.map((field) => [field, count(measured.map(({ verdicts }) => verdicts[field]))] as const),
		["unit of speed", count(measured.map(({ unit }) => unit))] as const,
	]);
}

function summaryOf({ names, blind }: InferenceTable["totals"]): readonly string[] {
	const cells = (one: Totals[string] | undefined) => {
		if (one === undefined) return " | | | ";
		const present = one.right + one.wrong + one["not told"];
		return `${one.right} of ${present} | ${one.wrong} | ${one["not told"]} | ${one.claimed}`;
	};
	return [
		"| Field | With names: right | wrong | not told | claimed though absent | f1 to fn: right | wrong | not told | claimed though absent |",
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...Object.keys(names).map((field) => `| ${field} | ${cells(names[field])} | ${cells(blind[field])} |`),
	];
}

function linesOf(measured: InferenceTable["measured"]): readonly string[] {
	const signs = (one: Measured) =>
		[...FIELDS.map((field) => SIGNS[one.verdicts[field]]), SIGNS[one.unit]].join(" | ");
	return [
		`| Sample | Records | Names | ${FIELDS.join(" | ")} | unit of speed |`,
		`| --- | ---: | --- | ${[...FIELDS, ""].map(() => "---").join(" | ")} |`,
		...measured.flatMap(({ names, blind }) => [
			`| ${names.sample} | ${names.rows} | as they are | ${signs(names)} |`,
			`| | | f1 to fn | ${signs(blind)} |`,
		]),
	];
}
