import type { RepositoryFile } from "./repository.js";

/** Patterns are put together here from pieces, so that this file does not match itself. */
const word = (...pieces: readonly string[]) => pieces.join("");

export interface TextRule {
	readonly name: string;
	readonly pattern: RegExp;
	readonly mend: string;
	/** Which files it looks at. Default: all. */
	readonly files?: RegExp;
	/** A line that breaks it, for the test of the test. */
	readonly plant: string;
}

export const TEXT_RULES: readonly TextRule[] = [
	{
		name: "left-over marker",
		pattern: new RegExp(
			`\\b(${word("TO", "DO")}|${word("FIX", "ME")}|${word("X", "XX")}(?=:)|${word("HA", "CK")})\\b`,
		),
		mend: "do it now, or open an issue and say in the text what does not work",
		plant: `// ${word("TO", "DO")} later`,
	},
	{
		name: "stub",
		pattern: new RegExp(`${word("not imple", "mented")}`, "i"),
		mend: "write it, or leave the name out",
		files: /\.ts$/,
		plant: `throw new Error("${word("not imple", "mented")}")`,
	},
	{
		name: "test that is switched off or focused",
		pattern: new RegExp(
			`\\b(it|test|describe)\\.(${word("on", "ly")}|${word("sk", "ip")}|${word("to", "do")})\\(|\\bx(it|describe)\\(`,
		),
		mend: "mend the test or remove it; skipIf with a title that says why is allowed",
		files: /\.ts$/,
		plant: `it.${word("on", "ly")}("x", () => {})`,
	},
	{
		name: "swallowed failure",
		pattern: /catch *(\([^)]*\))? *\{\s*\}|\.catch\(\(\) *=> *(\{\s*\}|undefined|null)?\)/,
		mend: "count it, flag it or throw it again; a comment says why it may pass",
		files: /^(src|test|scripts)\/.*\.(ts|mjs)$/,
		plant: `try { x() } ${word("cat", "ch")} {}`,
	},
	{
		name: "path of a machine",
		pattern: new RegExp(
			`(^|[\\s"'\`(=:])/(${word("wo", "rk")}|${word("ho", "me")}|${word("ro", "ot")}|${word("Us", "ers")})/|[A-Z]:\\\\\\\\?${word("Us", "ers")}`,
			"m",
		),
		mend: "use a path that starts at the repository, or a temporary folder",
		plant: `cd /${word("ho", "me")}/somebody/wayside`,
	},
	{
		name: "address of a package registry",
		pattern: new RegExp(`${word("regis", "try")}\\.[a-z0-9.-]*[a-z]{2,}/|${word("artifact", "ory")}\\.`),
		mend: "leave it out: sites have mirrors of their own",
		plant: `"resolved": "https://${word("regis", "try")}.npmjs.org/x"`,
	},
	{
		name: "default export",
		pattern: /^export default /m,
		mend: "export it by its name",
		files: /^src\/.*\.ts$/,
		plant: "export default 1;",
	},
	{
		name: "folder or file that could hold anything",
		pattern: /^/,
		mend: "name it after what is in it",
		files: /^src\/(.*\/)?(utils?|helpers?|common|misc|types|services|shared)(\/|\.ts$)/,
		plant: "",
	},
];

/** `path:line: rule: mend` of every place that breaks a rule. */
export function textFindings(files: readonly RepositoryFile[]): string[] {
	return files.flatMap(({ path, text }) =>
		TEXT_RULES.flatMap((rule) => {
			if (rule.files && !rule.files.test(path)) return [];
			const match = rule.pattern.exec(text);
			if (!match) return [];
			const line = text.slice(0, match.index).split("\n").length;
			return [`${path}:${line}: ${rule.name}; ${rule.mend}`];
		}),
	);
}
