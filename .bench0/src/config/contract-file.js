import { basename } from "node:path";
import { parseDocument } from "yaml";
import { parseJsonText } from "../formats/json.js";
import { decodeText } from "../formats/text.js";
import { messageOf } from "../model/failure.js";
import { CONTRACT_BYTES_MAX, isContract, readContract } from "../quality/contracts/read-contract.js";
/** Aliases that a contract may expand to: a few lines could become gigabytes. */
const ALIASES_MAX = 100;
/** Reads a contract from a file of JSON or YAML. Never throws for what is in it, or missing. */
export async function readContractFile(path, files) {
    const fault = (message, mend) => [{ path: "", message, mend }];
    let bytes;
    try {
        const entry = await files.stat(path);
        if (!entry || entry.isDirectory)
            return fault(entry ? "it is a folder" : "there is no such file", "put the file there, or correct the path");
        if (entry.bytes > CONTRACT_BYTES_MAX)
            return fault(`it has ${entry.bytes} bytes, and a contract has at most ${CONTRACT_BYTES_MAX}`, "is it the right file?");
        bytes = await files.read(path);
    }
    catch (thrown) {
        return fault(`it cannot be read: ${messageOf(thrown)}`, "check who may read it");
    }
    const value = valueIn(decodeText(bytes).text);
    if ("problem" in value)
        return fault(value.problem, "correct the file; docs/contracts.md has an example");
    return readContract(value.value);
}
function valueIn(text) {
    if (/^\s*[{[]/.test(text)) {
        const { value, failure } = parseJsonText(text);
        if (failure === undefined)
            return { value };
    }
    try {
        const document = parseDocument(text, { uniqueKeys: true, stringKeys: true, prettyErrors: true });
        const [error] = document.errors;
        if (error !== undefined)
            return { problem: `it is neither JSON nor YAML: ${error.message.split("\n")[0]}` };
        return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) };
    }
    catch (thrown) {
        return { problem: `it cannot be read as YAML: ${messageOf(thrown).split("\n")[0]}` };
    }
}
/** Reads the contracts that a configuration names into it; what is wrong with one keeps a hub from starting. */
export async function readContracts(config, source, files) {
    const findings = [];
    for (const { name, upstreams } of config.feeds) {
        for (const { use, decoder, at } of upstreams.flatMap((upstream) => usesOf(name, upstream))) {
            if (use === undefined)
                continue;
            const read = await readContractFile(use.path, files);
            if (isContract(read)) {
                use.document = read.document;
                const { type, payloads = [] } = decoder.definition;
                const { payload } = read.header;
                if (payloads.includes(payload))
                    continue;
                const what = payloads.length === 0 ? "payloads that no contract can describe" : payloads.join(" or ");
                const message = `the contract is of ${payload}, and decoder ${type} reads ${what}`;
                findings.push(source.finding("error", "topology", at, message, "name another contract, or none"));
                continue;
            }
            for (const { path, message, mend } of read) {
                const place = path === "" ? "" : `${path}: `;
                findings.push(source.finding("error", "environment", at, `contract ${basename(use.path)}: ${place}${message}`, mend));
            }
        }
    }
    return findings;
}
/** The contract of an upstream, and that of its candidate: each with the decoder whose payloads it describes. */
function usesOf(feed, { index, contract, decoder, candidate }) {
    const path = ["feeds", feed, "upstreams", index];
    const own = { use: contract, decoder, at: [...path, "contract"] };
    if (candidate === undefined)
        return [own];
    const at = [...path, "candidate", candidate.contract === undefined ? "decoder" : "contract"];
    return [own, { use: candidate.contract ?? contract, decoder: candidate.decoder, at }];
}
