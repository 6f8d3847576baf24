/** A name, a place in a list, or `*` for each element of it. */
export type JsonStep = string | number;

export interface Tree {
	[name: string]: unknown;
}

/** Writes a value to a place, making what is missing on the way. `*` and a number lead into a list of one. */
export function put(tree: Tree, path: readonly JsonStep[], value: unknown): void {
	let node: unknown = tree;
	path.forEach((step, at) => {
		const isLast = at === path.length - 1;
		const next = path[at + 1];
		const name = step === "*" ? 0 : step;
		const holder = node as Record<JsonStep, unknown>;
		if (isLast) holder[name] = value;
		else holder[name] ??= typeof next === "number" || next === "*" ? [] : {};
		node = holder[name];
	});
}
