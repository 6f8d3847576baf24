import { z } from "zod";
import { type DocumentPath, type Finding, suggest } from "./findings.js";
import { YamlSource } from "./yaml-source.js";

/** The part of JSON Schema that is needed to say which names are allowed where. */
interface SchemaNode {
	readonly $ref?: string;
	readonly $defs?: Readonly<Record<string, SchemaNode>>;
	readonly properties?: Readonly<Record<string, SchemaNode>>;
	readonly additionalProperties?: SchemaNode | boolean;
	readonly items?: SchemaNode | boolean;
	readonly prefixItems?: readonly SchemaNode[];
	readonly anyOf?: readonly SchemaNode[];
	readonly oneOf?: readonly SchemaNode[];
	readonly allOf?: readonly SchemaNode[];
}

type Issue = z.core.$ZodIssue;

/**
 * The findings of one zod validation, each at its place in the file.
 * @param base where the validated value stands in the document
 * @param value the value that was validated, to tell a missing entry from a wrong one
 */
export function findingsOf(
	source: YamlSource,
	schema: z.ZodType,
	base: DocumentPath,
	value: unknown,
	issues: readonly Issue[],
): Finding[] {
	const root = inputSchema(schema) as SchemaNode;
	const findings: Finding[] = [];
	for (const issue of issues) report(issue, []);
	return findings;

	function report(issue: Issue, prefix: DocumentPath): void {
		const local = [...prefix, ...issue.path.map(plain)];
		const path = [...base, ...local];
		if (source.isUnknown(path)) return;
		const add = (at: DocumentPath, message: string, mend: string, atKey = false) => {
			findings.push(source.finding("error", "syntax", at, message, mend, atKey));
		};
		if (issue.code === "unrecognized_keys") {
			const known = [...namesAt(root, root, local)];
			for (const key of issue.keys)
				add([...path, key], `unknown option "${key}"`, suggest(key, known, "option"), true);
			return;
		}
		if (issue.code === "invalid_union" && issue.errors.length > 0) {
			const branch = closest(issue.errors);
			if (branch) {
				for (const inner of branch) report(inner, local);
				return;
			}
		}
		if (issue.code === "invalid_key" || issue.code === "invalid_element") {
			const why = issue.issues[0]?.message ?? "is not allowed";
			add(path, `the name "${String(local.at(-1))}" cannot be used: ${why}`, "choose another name", true);
			return;
		}
		const found = valueAt(value, local);
		if (found === undefined && local.length > 0) {
			const missing = String(local.at(-1));
			const allowed = issue.code === "invalid_value" ? ` (one of: ${issue.values.join(", ")})` : "";
			add(path, `"${missing}" is missing`, `add "${missing}"${allowed} here`, true);
			return;
		}
		add(path, messageOf(issue, found), mendOf(issue, found));
	}
}

/** The same for options that do not stand in a file: `option: what is wrong`. */
export function messagesOf(schema: z.ZodType, value: unknown, issues: readonly Issue[]): string[] {
	const source = new YamlSource("", { environment: {} });
	return findingsOf(source, schema, [], value, issues).map(
		({ path, message, mend }) => `${path}: ${message} (${mend})`,
	);
}

/** The JSON Schema of what a person may write for an options schema. */
export function inputSchema(schema: z.ZodType): unknown {
	return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

function messageOf(issue: Issue, found: unknown): string {
	switch (issue.code) {
		case "invalid_type":
			return `${shown(found)} is ${kindOf(found)}, and ${withArticle(issue.expected)} is expected`;
		case "invalid_value":
			return `${shown(found)} is not one of: ${issue.values.join(", ")}`;
		case "too_small":
			return issue.origin === "array" || issue.origin === "string"
				? `${shown(found)} is too short; at least ${issue.minimum} are needed`
				: `${shown(found)} is too small; ${issue.inclusive ? "the least is" : "it must be above"} ${issue.minimum}`;
		case "too_big":
			return issue.origin === "array" || issue.origin === "string"
				? `${shown(found)} is too long; at most ${issue.maximum} are allowed`
				: `${shown(found)} is too large; ${issue.inclusive ? "the most is" : "it must be below"} ${issue.maximum}`;
		case "invalid_format":
			return issue.message.startsWith("Invalid")
				? `${shown(found)} is not ${withArticle(issue.format === "regex" ? "value of the right form" : issue.format)}`
				: `${shown(found)}: ${issue.message}`;
		case "invalid_union":
			return `${shown(found)} fits none of the allowed forms`;
		default:
			return issue.message;
	}
}

function mendOf(issue: Issue, found: unknown): string {
	switch (issue.code) {
		case "invalid_type":
			if (issue.expected === "string" && typeof found === "number")
				return `put it in quotes: "${found}", with its unit where it has one, such as "${found}s"`;
			if (issue.expected === "record" || issue.expected === "object")
				return "write indented entries, name: value, below it";
			if (issue.expected === "array") return "write a list: [a, b], or lines that begin with a dash";
			return `write ${withArticle(issue.expected)}`;
		case "invalid_value":
			return suggest(String(found), issue.values.map(String), "value");
		case "unrecognized_keys":
			return "remove it";
		default:
			return "change the value; docs/configuration.md describes every option";
	}
}

/** Of the branches of a union the one that got furthest, when one did: what the person was most likely writing. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
	const structured = branches.filter((branch) => branch.some((issue) => !isWrongType(issue)));
	if (structured.length === 1) return structured[0];
	const deep = branches.filter((branch) => branch.some((issue) => issue.path.length > 0));
	return deep.length === 1 ? deep[0] : undefined;
}

function isWrongType(issue: Issue): boolean {
	return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

/** Which names are allowed in the object at a path. */
function namesAt(root: SchemaNode, node: SchemaNode, path: DocumentPath): Set<string> {
	const names = new Set<string>();
	for (const variant of variants(root, node)) {
		const [part, ...rest] = path;
		if (part === undefined) {
			for (const name of Object.keys(variant.properties ?? {})) names.add(name);
			continue;
		}
		const inner =
			typeof part === "number"
				? (variant.prefixItems?.[part] ?? variant.items)
				: (variant.properties?.[part] ?? variant.additionalProperties);
		if (typeof inner === "object") for (const name of namesAt(root, inner, rest)) names.add(name);
	}
	return names;
}

function variants(root: SchemaNode, node: SchemaNode): readonly SchemaNode[] {
	const target = node.$ref?.startsWith("#/$defs/") ? root.$defs?.[node.$ref.slice("#/$defs/".length)] : node;
	if (!target) return [];
	const parts = [...(target.anyOf ?? []), ...(target.oneOf ?? []), ...(target.allOf ?? [])];
	return parts.length === 0 ? [target] : [target, ...parts.flatMap((part) => variants(root, part))];
}

function valueAt(value: unknown, path: DocumentPath): unknown {
	let at = value;
	for (const part of path) {
		if (typeof at !== "object" || at === null) return undefined;
		at = Object.hasOwn(at, part) ? (at as Record<string | number, unknown>)[part] : undefined;
	}
	return at;
}

function plain(part: PropertyKey): string | number {
	return typeof part === "number" ? part : String(part);
}

function shown(value: unknown): string {
	const text = JSON.stringify(value) ?? "nothing";
	return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function kindOf(value: unknown): string {
	if (value === null) return "empty";
	if (Array.isArray(value)) return "a list";
	return typeof value === "object" ? "a block of entries" : withArticle(typeof value);
}

const SPOKEN: Readonly<Record<string, string>> = {
	string: "text",
	record: "a block of entries",
	object: "a block of entries",
	array: "a list",
	tuple: "a list",
	boolean: "true or false",
	int: "a whole number",
	url: "a URL",
};

function withArticle(expected: string): string {
	return SPOKEN[expected] ?? `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}
