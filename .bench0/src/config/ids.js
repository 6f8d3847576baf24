import { dirname } from "node:path";
import { z } from "zod";
import { decodeText } from "../formats/text.js";
import { messageOf } from "../model/failure.js";
import { ID_KINDS, MATCH_FIELDS, NO_RULES, } from "../schedule/id-rules.js";
import { keptRules } from "../schedule/kept-rules.js";
import { absolute, crosswalkAt, FileLooks, readCrosswalk } from "./crosswalk.js";
import { findingsOf } from "./issues.js";
import { YamlSource } from "./yaml-source.js";
const FIELDS = ["vehicle", "route", "block", "trip", "direction", "start", "date"];
const template = z.string().superRefine((text, context) => {
    const names = [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name);
    const unknown = names.find((name) => !FIELDS.includes(name));
    if (names.length === 0)
        context.addIssue("a template names at least one id in braces, such as {route}-{trip}");
    if (unknown !== undefined)
        context.addIssue(`there is no {${unknown}}; a template may name ${FIELDS.map((name) => `{${name}}`).join(", ")}`);
});
const crosswalk = z
    .union([
    z.string().min(1),
    z.strictObject({
        file: z.string().min(1).describe("Path of the CSV file, beside the file that names it."),
        from: z.string().min(1).optional().describe("Column with upstream's ids. Default: the first."),
        to: z.string().min(1).optional().describe("Column with the schedule's ids. Default: the second."),
    }),
])
    .describe("A CSV file with a header: upstream's id in the first column, the schedule's in the second.");
const ruleFields = {
    strip: z.string().min(1).optional().describe("Prefix that is taken off where it is there."),
    add: z.string().min(1).optional().describe("Prefix that is put before."),
    template: template.optional().describe("Text with ids in braces, such as {route}-{trip}."),
    crosswalk: crosswalk.optional(),
};
const rule = z.strictObject(ruleFields).describe("How upstream's ids become those of the schedule.");
const idsDocument = z.strictObject({
    vehicle: rule.optional(),
    route: rule.optional(),
    block: rule.optional(),
    trip: z
        .strictObject({
        ...ruleFields,
        match: z
            .array(z.enum(MATCH_FIELDS))
            .min(2)
            .refine((fields) => fields.includes("start") && (fields.includes("route") || fields.includes("block")), {
            message: "a trip is found by its start time and its route or block: name start, and route or block",
        })
            .optional()
            .describe("By what a trip is looked for when its id is absent or not in the schedule."),
    })
        .optional()
        .describe("How upstream's trips become those of the schedule."),
});
/** What an agency says of its ids: rules, or the file that holds them. */
export const idsOption = z
    .union([z.string().min(1), idsDocument])
    .describe("How upstream's ids become those of the schedule: rules, or the path of a YAML file with them.");
/**
 * Reads rules and crosswalks. What is wrong in a file of its own is told with the line of that file. It is an error before
 * any rules were read; later those that a hub read last stay in use, as they do while it runs.
 */
export async function readIds(uses, store, source, files, environment) {
    const findings = [];
    for (const { path, agency, option, baseDirectory, give } of uses) {
        const read = () => readRules(option, baseDirectory, files, environment);
        const { problems, mark, ...reading } = await read();
        const kept = problems.length === 0 ? undefined : await keptRules(files, store, agency);
        for (const { message, mend } of problems) {
            const [severity, how] = kept === undefined
                ? ["error", mend]
                : ["warning", `${mend}; until then the rules that were read last are used`];
            findings.push(source.finding(severity, "environment", path, message, how));
        }
        const refused = kept && problems;
        give({
            rules: kept ?? reading.rules,
            files: reading.files,
            stated: option,
            refused,
            source: { mark, read },
        });
    }
    return findings;
}
async function readRules(option, baseDirectory, files, environment) {
    const problems = [];
    const say = (message, mend) => problems.push({ message, mend });
    const looks = new FileLooks(files);
    const file = typeof option === "string" ? absolute(option, baseDirectory) : undefined;
    const document = typeof option === "string" ? await documentIn(file, looks, environment, say) : option;
    const folder = file === undefined ? baseDirectory : dirname(file);
    const read = document && (await rulesOf(document, folder, looks, say));
    return {
        rules: read?.rules ?? NO_RULES,
        crosswalks: read?.crosswalks ?? [],
        files: looks.paths,
        mark: looks.mark,
        problems,
    };
}
async function documentIn(file, looks, environment, say) {
    let text;
    try {
        text = decodeText(await looks.read(file)).text;
    }
    catch (thrown) {
        say(`the rules for ids cannot be read: ${messageOf(thrown)}`, "check the path, or write the rules here");
        return undefined;
    }
    const source = new YamlSource(text, { environment });
    const parsed = source.findings.length > 0 ? undefined : idsDocument.safeParse(source.value);
    const found = parsed === undefined || parsed.success
        ? source.findings
        : findingsOf(source, idsDocument, [], source.value, parsed.error.issues);
    for (const { line, column, path, message, mend } of found)
        say(`${file}:${line}:${column}: ${path}: ${message}`, mend);
    return parsed?.data;
}
async function rulesOf(document, folder, looks, say) {
    const rules = { ...NO_RULES };
    const crosswalks = [];
    for (const kind of ID_KINDS) {
        const given = document[kind];
        if (given === undefined)
            continue;
        const { strip, add, template } = given;
        let table;
        if (given.crosswalk !== undefined) {
            const place = crosswalkAt(given.crosswalk, folder);
            const entries = await readCrosswalk(place, looks, say);
            crosswalks.push({ kind, file: place.file, entries });
            table = new Map(entries.map(({ from, to }) => [from, to]));
        }
        rules[kind] = { strip, add, template, crosswalk: table };
    }
    return { rules: { ...rules, match: document.trip?.match ?? [] }, crosswalks };
}
