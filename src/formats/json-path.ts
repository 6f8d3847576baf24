import { fieldOf } from "./json.js";

/**
 * Places in a JSON document, as options name them:
 * path = name { "." name | "[" [ [ "-" ] digits ] "]" }      messages[].seq, page.next, items[-1].id
 * `[]` is every element, `[0]` the first, `[-1]` the last: the same spelling as in mappings.
 */

/** A name, a place in an array (negative: from its end), or every element. */
export type JsonPath = readonly (string | number | "*")[];

const STEP = /^(?:([^.[\]*]+)|\[(-?\d+)?\])/;

/** `messages[].seq`, `page.next`, `items[-1].id`; undefined when it is none. An array step is kept as a number or "*". */
export function parseJsonPath(text: string): JsonPath | undefined {
	const steps: (string | number)[] = [];
	let rest = text;
	while (rest !== "") {
		const match = STEP.exec(rest);
		if (match === null) return undefined;
		const [all, name, place] = match;
		if (name !== undefined) steps.push(name);
		else steps.push(place === undefined ? "*" : Number(place));
		rest = rest.slice(all.length);
		if (rest.startsWith(".")) {
			rest = rest.slice(1);
			if (rest === "" || rest.startsWith("[")) return undefined;
		} else if (rest !== "" && !rest.startsWith("[")) return undefined;
	}
	return steps.length === 0 ? undefined : steps;
}

/** Everything that the path leads to. */
export function valuesAt(root: unknown, path: JsonPath): readonly unknown[] {
	let found: unknown[] = [root];
	for (const step of path) {
		found = found.flatMap((value) => {
			if (step === "*") return Array.isArray(value) ? value : [];
			const next =
				typeof step === "number" ? (Array.isArray(value) ? value.at(step) : undefined) : fieldOf(value, step);
			return next === undefined || next === null ? [] : [next];
		});
	}
	return found;
}
