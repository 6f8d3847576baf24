import type { CapturedPayload } from "../../src/quality/inference/documents.js";

/** Messages in which every name of a field is f1 to fn, and what each of them was called before. */
export interface Anonymous {
	readonly payloads: readonly CapturedPayload[];
	readonly newNames: ReadonlyMap<string, string>;
}

class Names {
	readonly given = new Map<string, string>();

	of(name: string): string {
		const known = this.given.get(name);
		if (known !== undefined) return known;
		const made = `f${this.given.size + 1}`;
		this.given.set(name, made);
		return made;
	}
}

export function anonymous(payloads: readonly CapturedPayload[]): Anonymous {
	const names = new Names();
	const renamed = payloads.map((payload) => {
		const text = new TextDecoder().decode(payload.bytes);
		return { ...payload, bytes: new TextEncoder().encode(renamedText(text, names)) };
	});
	return { payloads: renamed, newNames: names.given };
}

function renamedText(text: string, names: Names): string {
	const start = text.trimStart().charAt(0);
	const isLines = /^\{.*\}\r?\n\{/.test(text);
	if (isLines)
		return text
			.split("\n")
			.map((line) => JSON.stringify(renamedJson(JSON.parse(line), names)))
			.join("\n");
	if (start === "{" || start === "[") return JSON.stringify(renamedJson(JSON.parse(text), names));
	if (start === "<") return renamedXml(text, names);
	const end = text.indexOf("\n");
	const sign = ["\t", ";"].find((one) => text.slice(0, end).includes(one)) ?? ",";
	const header = text.slice(0, end).trim().split(sign);
	return header.map((name) => names.of(name.replaceAll('"', ""))).join(sign) + text.slice(end);
}

function renamedJson(value: unknown, names: Names): unknown {
	if (Array.isArray(value)) return value.map((element) => renamedJson(element, names));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [names.of(name), renamedJson(inner, names)]),
	);
}

/** Elements and attributes; prefixes and namespaces go. */
function renamedXml(text: string, names: Names): string {
	const bare = text
		.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, "")
		.replaceAll(/\s+xmlns(:[\w.-]+)?="[^"]*"/g, "");
	return bare.replaceAll(
		/<(\/?)(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w.:-]+\s*=\s*"[^"]*")*)\s*(\/?)>/g,
		(_, close: string, name: string, attributes: string, empty: string) => {
			const given = attributes.replaceAll(
				/\s+(?:[\w.-]+:)?([\w.-]+)\s*=\s*("[^"]*")/g,
				(__, attribute: string, value: string) => ` ${names.of(attribute)}=${value}`,
			);
			return `<${close}${names.of(name)}${given}${empty}>`;
		},
	);
}
