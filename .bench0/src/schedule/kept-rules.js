import { join } from "node:path";
import { ID_KINDS, MATCH_FIELDS } from "./id-rules.js";
/**
 * The rules for ids that were read last lie in the store, so that a hub which starts while their files are broken or gone
 * goes on with them, as one that runs does.
 */
export async function keepRules(files, store, agency, rules) {
    await files.makeDirectory(join(store, "ids"));
    const kept = ID_KINDS.map((kind) => {
        const rule = rules[kind];
        return [kind, rule && { ...rule, crosswalk: rule.crosswalk && [...rule.crosswalk] }];
    });
    await files.writeAtomic(placeOf(store, agency), JSON.stringify({ v: 1, ...Object.fromEntries(kept), match: rules.match }));
}
/** Undefined: none were kept, or they cannot be read. */
export async function keptRules(files, store, agency) {
    const path = placeOf(store, agency);
    try {
        if ((await files.stat(path)) === undefined)
            return undefined;
        return rulesIn(JSON.parse(new TextDecoder().decode(await files.read(path))));
    }
    catch {
        // Without them the caller refuses what is broken, which says all that a person can mend.
        return undefined;
    }
}
function placeOf(store, agency) {
    return join(store, "ids", `${agency}.json`);
}
function rulesIn(kept) {
    if (kept?.["v"] !== 1 || !Array.isArray(kept["match"]))
        return undefined;
    const match = MATCH_FIELDS.filter((field) => kept["match"].includes(field));
    const ruleOf = (kind) => {
        const rule = kept[kind];
        return typeof rule === "object" && rule !== null ? ruleIn(rule) : undefined;
    };
    return {
        vehicle: ruleOf("vehicle"),
        route: ruleOf("route"),
        block: ruleOf("block"),
        trip: ruleOf("trip"),
        match,
    };
}
function ruleIn(rule) {
    const { crosswalk } = rule;
    const pairs = Array.isArray(crosswalk) ? crosswalk : undefined;
    return {
        strip: textOf(rule["strip"]),
        add: textOf(rule["add"]),
        template: textOf(rule["template"]),
        crosswalk: pairs && new Map(pairs),
    };
}
function textOf(value) {
    return typeof value === "string" ? value : undefined;
}
