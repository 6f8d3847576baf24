import { basename, resolve as resolvePath } from "node:path";
import { readContractFile } from "../config/contract-file.js";
import { Failure } from "../model/failure.js";
import { checkPayload } from "../quality/contracts/check-payload.js";
import { diffContracts, worstOf, } from "../quality/contracts/diff-contracts.js";
import { openPayloads } from "../quality/contracts/open-payload.js";
import { isContract } from "../quality/contracts/read-contract.js";
import { captureSource, checkFiles } from "./captures.js";
import { EXIT } from "./exit-codes.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
const RULES = ["backward", "forward", "full"];
const BREACHES_SHOWN_MAX = 40;
/** Compares the last contract with the one before it, or, transitively, with all before it. */
export async function contractDiff(files, options, context) {
    const { terminal } = context;
    const [newest, ...others] = [...files].reverse();
    if (newest === undefined || others.length === 0)
        throw new UsageError("name at least two contracts, the newest last");
    const rule = ruleOf(options.mode);
    const after = await contractIn(newest, context);
    const name = rule.name ?? after.header.compatibility;
    if (others.length > 1 && !rule.isTransitive)
        throw new UsageError(`${name} compares two contracts; with --mode ${name}-transitive, the last with all before it`);
    const directions = name === "full" ? ["forward", "backward"] : [name];
    const compared = [];
    for (const file of others.reverse()) {
        const before = await contractIn(file, context);
        compared.push({ file, changes: diffContracts(before, after, directions) });
    }
    const verdict = worstOf(compared.flatMap(({ changes }) => changes.map((change) => change.verdict)));
    if (options.json) {
        const mode = rule.isTransitive ? `${name}-transitive` : name;
        terminal.out(JSON.stringify({ verdict, mode, newest, compared }));
    }
    else
        printDiff(compared, newest, verdict, name, context);
    return verdict === "breaking" ? EXIT.noGo : EXIT.ok;
}
function ruleOf(mode) {
    if (mode === undefined)
        return { name: undefined, isTransitive: false };
    if (mode === "transitive")
        return { name: undefined, isTransitive: true };
    const base = mode.replace(/-transitive$/, "");
    const name = RULES.find((rule) => rule === base);
    if (name === undefined)
        throw new UsageError(`--mode ${mode} is none of: ${RULES.join(", ")}, each also as ${RULES[0]}-transitive, transitive`);
    return { name, isTransitive: base !== mode };
}
function printDiff(compared, newest, verdict, mode, { terminal }) {
    for (const { file, changes } of compared) {
        terminal.out(`${basename(file)} -> ${basename(newest)} (${mode}): ${changes.length} changes`);
        const rows = changes.map(({ verdict: of, direction, path, change, reason }) => [
            of,
            direction,
            path,
            `${change}: ${reason}`,
        ]);
        for (const line of columns(rows))
            terminal.out(`  ${line}`);
    }
    terminal.out(terminal.paint(verdict === "breaking" ? "bad" : "good", `verdict: ${verdict}`));
}
/** Looks at every captured payload by a contract, without a decoder. */
export async function contractTest(file, captures, options, context) {
    const { terminal, runtime } = context;
    const contract = await contractIn(file, context);
    await checkFiles(captures, context);
    const source = captureSource(captures, options.split, contract.header.feed, context);
    const result = {
        frames: 0,
        payloads: 0,
        unreadable: 0,
        records: 0,
        refusedRecords: 0,
        refusedPayloads: 0,
        breaches: new Map(),
    };
    const progress = terminal.progress(runtime.clock);
    for await (const draft of source.open({ cursor: undefined, signal: new AbortController().signal })) {
        result.frames++;
        look(contract, draft.bytes, draft.contentType, draft.meta?.["name"] ?? `frame ${result.frames}`, result);
        progress.show(`${result.frames} frames, ${result.records} records so far`);
    }
    progress.end();
    if (result.frames === 0)
        throw new Failure("request.invalid", "The captures hold no payload: every file is empty, or the folder is");
    if (result.payloads === 0) {
        const { frame = "", message = "" } = result.firstUnreadable ?? {};
        const { payload } = contract.header;
        throw new Failure("request.invalid", `None of the ${result.frames} frames is ${payload.toUpperCase()}, which the contract says they are. ${frame}: ${message}`);
    }
    const breaches = [...result.breaches.values()].sort((a, b) => b.count - a.count);
    const isGood = result.refusedRecords + result.refusedPayloads + result.unreadable === 0 &&
        !(options.strict === true && breaches.length > 0);
    if (options.json)
        terminal.out(JSON.stringify({ fits: isGood, ...result, breaches }));
    else
        printTest(contract, result, breaches, isGood, context);
    return isGood ? EXIT.ok : EXIT.noGo;
}
function look(contract, bytes, contentType, frame, result) {
    const { payloads, failures } = openPayloads(bytes, contentType, contract.header);
    result.unreadable += failures.length;
    const [failure] = failures;
    if (failure !== undefined)
        result.firstUnreadable ??= { frame, message: failure.message };
    for (const payload of payloads) {
        result.payloads++;
        const { records, findings, counts } = checkPayload(contract, payload);
        result.records += records;
        const refused = findings.filter(({ mode }) => mode === "dead-letter" || mode === "freeze");
        result.refusedRecords += new Set(refused.filter(({ record }) => record).map(({ record }) => record?.value)).size;
        if (refused.some(({ record }) => record === undefined))
            result.refusedPayloads++;
        for (const [key, { breach, count }] of counts) {
            const known = result.breaches.get(key);
            const { path, keyword, mode, message } = breach;
            if (known === undefined)
                result.breaches.set(key, { path, keyword, mode, message, first: frame, count });
            else
                known.count += count;
        }
    }
}
function printTest(contract, result, breaches, isGood, { terminal }) {
    const { feed, version } = contract.header;
    terminal.out(`contract ${feed} version ${version}`);
    const { frames, payloads, records, refusedRecords, refusedPayloads, unreadable } = result;
    const sums = { frames, payloads, records };
    if (refusedRecords > 0)
        sums["records refused"] = refusedRecords;
    if (refusedPayloads > 0)
        sums["payloads refused"] = refusedPayloads;
    if (unreadable > 0)
        sums["unreadable"] = unreadable;
    for (const line of columns(Object.entries(sums)))
        terminal.out(line);
    if (result.firstUnreadable)
        terminal.out(`first unreadable: ${result.firstUnreadable.frame}: ${result.firstUnreadable.message}`);
    if (records === 0)
        terminal.out("No payload has a record where x-record is: was it captured at night, or is it of another feed?");
    if (breaches.length > 0)
        terminal.out("");
    const rows = breaches
        .slice(0, BREACHES_SHOWN_MAX)
        .map(({ count, mode, path, message, first }) => [count, mode, path, `${message} (first in ${first})`]);
    for (const line of columns(rows))
        terminal.out(`  ${line}`);
    if (breaches.length > rows.length)
        terminal.out(`  and ${breaches.length - rows.length} more`);
    terminal.out(isGood ? terminal.paint("good", "the captures fit") : terminal.paint("bad", "the captures do NOT fit"));
}
/** @throws Failure `config.invalid` with every fault of the file. */
async function contractIn(file, { runtime, workingDirectory }) {
    const read = await readContractFile(resolvePath(workingDirectory, file), runtime.files);
    if (isContract(read))
        return read;
    const lines = read.map(({ path, message, mend }) => `  ${path === "" ? "" : `${path}: `}${message}; ${mend}`);
    throw new Failure("config.invalid", `${file} is no contract that can be used:\n${lines.join("\n")}`);
}
