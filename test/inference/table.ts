import { FORMERLY_HELD_OUT, HELD_OUT } from "./held-out.js";
import { FIELDS, type Measured, measure, SURE, type Verdict } from "./measure.js";
import { SAMPLES, type Sample } from "./samples.js";

const SIGNS: Readonly<Record<Verdict, string>> = {
	right: "yes",
	wrong: "WRONG",
	"not told": "no",
	absent: "",
	claimed: "CLAIMED",
};

/** Records from which on a capture shows who shares what, and what lasts. */
export const MANY = 30;

type Count = Readonly<Record<Verdict | "sure and wrong", number>>;
type Totals = Readonly<Record<string, Count>>;

interface Both {
	readonly names: Measured;
	readonly blind: Measured;
}

interface BothTotals {
	readonly names: Totals;
	readonly blind: Totals;
}

export interface InferenceTable {
	readonly measured: readonly Both[];
	readonly heldOut: readonly Both[];
	/** Of all captures; of those with many records; of those with few; of those that no threshold was chosen on. */
	readonly totals: {
		readonly all: BothTotals;
		readonly many: BothTotals;
		readonly few: BothTotals;
		readonly heldOut: BothTotals;
	};
	/** For the page: tables of totals, by the name of what they are about. */
	readonly summaries: Readonly<Record<"many" | "few" | "heldOut", readonly string[]>>;
	readonly lines: readonly string[];
}

export function readTable(folder: string): InferenceTable {
	const both = (sample: Sample): Both => ({
		names: measure(folder, sample, true),
		blind: measure(folder, sample, false),
	});
	const measured = [...SAMPLES, ...FORMERLY_HELD_OUT].map(both);
	const heldOut = HELD_OUT.map(both);
	const totals = {
		all: totalsOf(measured),
		many: totalsOf(measured.filter(({ names }) => names.rows >= MANY)),
		few: totalsOf(measured.filter(({ names }) => names.rows < MANY)),
		heldOut: totalsOf(heldOut),
	};
	return {
		measured,
		heldOut,
		totals,
		summaries: {
			many: summaryOf(totals.many),
			few: summaryOf(totals.few),
			heldOut: summaryOf(totals.heldOut),
		},
		lines: [...linesOf(measured), ...linesOf(heldOut).slice(2)],
	};
}

function totalsOf(measured: readonly Both[]): BothTotals {
	return {
		names: oneOf(measured.map(({ names }) => names)),
		blind: oneOf(measured.map(({ blind }) => blind)),
	};
}

function oneOf(measured: readonly Measured[]): Totals {
	const count = (verdicts: readonly (readonly [Verdict, number])[]): Count => {
		const of = (wanted: Verdict) => verdicts.filter(([verdict]) => verdict === wanted).length;
		const isWrong = (verdict: Verdict) => verdict === "wrong" || verdict === "claimed";
		return {
			right: of("right"),
			wrong: of("wrong"),
			"not told": of("not told"),
			claimed: of("claimed"),
			absent: of("absent"),
			"sure and wrong": verdicts.filter(([verdict, sure]) => isWrong(verdict) && sure >= SURE).length,
		};
	};
	return Object.fromEntries([
		...FIELDS.map(
			(field) =>
				[
					field,
					count(measured.map((one) => [one.verdicts[field], one.confidence[field] ?? 0] as const)),
				] as const,
		),
		["unit of speed", count(measured.map((one) => [one.unit, one.confidence.speed ?? 0] as const))] as const,
	]);
}

function summaryOf({ names, blind }: BothTotals): readonly string[] {
	const cells = (one: Count | undefined) => {
		if (one === undefined) return " | | | | ";
		const present = one.right + one.wrong + one["not told"];
		return `${one.right} of ${present} | ${one["not told"]} | ${one.wrong} | ${one.claimed} | ${one["sure and wrong"]}`;
	};
	return [
		"| Field | With names: right | could not tell | wrong | claimed though absent | wrong and sure | f1 to fn: right | could not tell | wrong | claimed though absent | wrong and sure |",
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
		...Object.keys(names).map((field) => `| ${field} | ${cells(names[field])} | ${cells(blind[field])} |`),
	];
}

function linesOf(measured: readonly Both[]): readonly string[] {
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
