import { join } from "node:path";
import type { Files } from "../runtime/files.js";
import { ID_KINDS, type IdKind, type IdRule, type IdRules, MATCH_FIELDS } from "./id-rules.js";

/**
 * The rules for ids that were read last lie in the store, so that a hub which starts while their files are broken or gone
 * goes on with them, as one that runs does.
 */
export async function keepRules(
	files: Pick<Files, "makeDirectory" | "writeAtomic">,
	store: string,
	agency: string,
	rules: IdRules,
): Promise<void> {
	await files.makeDirectory(join(store, "ids"));
	const kept = ID_KINDS.map((kind) => {
		const rule = rules[kind];
		return [kind, rule && { ...rule, crosswalk: rule.crosswalk && [...rule.crosswalk] }];
	});
	await files.writeAtomic(
		placeOf(store, agency),
		JSON.stringify({ v: 1, ...Object.fromEntries(kept), match: rules.match }),
	);
}

/** Undefined: none were kept, or they cannot be read. */
export async function keptRules(
	files: Pick<Files, "stat" | "read">,
	store: string,
	agency: string,
): Promise<IdRules | undefined> {
	const path = placeOf(store, agency);
	try {
		if ((await files.stat(path)) === undefined) return undefined;
		return rulesIn(JSON.parse(new TextDecoder().decode(await files.read(path))));
	} catch {
		// Without them the caller refuses what is broken, which says all that a person can mend.
		return undefined;
	}
}

function placeOf(store: string, agency: string): string {
	return join(store, "ids", `${agency}.json`);
}

type Unread = { readonly [name: string]: unknown };

function rulesIn(kept: Unread | null): IdRules | undefined {
	if (kept?.["v"] !== 1 || !Array.isArray(kept["match"])) return undefined;
	const match = MATCH_FIELDS.filter((field) => (kept["match"] as unknown[]).includes(field));
	const ruleOf = (kind: IdKind): IdRule | undefined => {
		const rule = kept[kind];
		return typeof rule === "object" && rule !== null ? ruleIn(rule as Unread) : undefined;
	};
	return {
		vehicle: ruleOf("vehicle"),
		route: ruleOf("route"),
		block: ruleOf("block"),
		trip: ruleOf("trip"),
		match,
	};
}

function ruleIn(rule: Unread): IdRule {
	const { crosswalk } = rule;
	const pairs = Array.isArray(crosswalk) ? (crosswalk as [string, string][]) : undefined;
	return {
		strip: textOf(rule["strip"]),
		add: textOf(rule["add"]),
		template: textOf(rule["template"]),
		crosswalk: pairs && new Map(pairs),
	};
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}
