import { resolve as resolvePath } from "node:path";
import { parse as parseYaml } from "yaml";
import { suggest } from "../config/findings.js";
import { messagesOf } from "../config/issues.js";
import { parseIsoTime } from "../formats/iso-time.js";
import { isTimezone } from "../formats/local-time.js";
import { CLOSED_DOOR } from "../intake/privacy.js";
import { replay as replayFrames } from "../intake/replay.js";
import { unpackRecords } from "../log/record-pack.js";
import { deliveryJson } from "../sinks/delivery-json.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { captureSource, checkFiles } from "./captures.js";
import { EXIT } from "./exit-codes.js";
import { withTemporaryFolder } from "./temporary-folder.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
const FEED = "replay";
const PAGE = { entriesMax: 5000, bytesMax: 8 * 1024 * 1024 };
const WRITE_CHARS = 1024 * 1024;
const CAUSES_SHOWN_MAX = 12;
/** Decodes files in the order given through the whole intake, on a store that is removed afterwards. */
export async function replay(files, options, context) {
    const { runtime, terminal } = context;
    const decoder = await createDecoder(options, context);
    const received = receivedOption(options.received, runtime.clock.now());
    const source = captureSource(files, options.split, FEED, context);
    const progress = terminal.progress(runtime.clock);
    await checkFiles(files, context);
    return withTemporaryFolder(async (directory) => {
        const log = await openSqliteLog({
            directory,
            chance: runtime.chance,
            // One partition: records lie in the order of their frames. Nothing here outlives the command.
            partitions: 1,
            durability: "os",
            encryptFrames: false,
        });
        try {
            const result = await replayFrames({
                runtime,
                log,
                source,
                received,
                reader: {
                    agency: FEED,
                    feed: FEED,
                    decoder: decoder.decoder,
                    decoderName: `${decoder.definition.type}@${decoder.definition.version}`,
                    personal: CLOSED_DOOR,
                    sinks: [],
                },
                onProgress: (counts) => progress.show(`${counts.frames} frames, ${counts.records} records so far`),
            });
            progress.end();
            if (options.out !== undefined)
                await writeRecords(log, options.out, context);
            if (options.json)
                terminal.out(JSON.stringify({ ...result, seconds: Number(result.seconds.toFixed(3)) }));
            else
                await printTable(result, log, context);
            return result.balanced ? EXIT.ok : EXIT.unbalanced;
        }
        finally {
            await log.close();
        }
    });
}
async function createDecoder(options, { plugins, runtime, workingDirectory }) {
    const type = options.decoder ?? (options.mapping === undefined ? undefined : "mapping");
    const known = plugins.decoders.map((definition) => definition.type);
    if (type === undefined)
        throw new UsageError(`--decoder is missing; one of: ${known.join(", ")}`);
    const definition = plugins.decoders.find((candidate) => candidate.type === type);
    if (!definition)
        throw new UsageError(`there is no decoder "${type}"; ${suggest(type, known, "decoder")}`);
    if (!isTimezone(options.timezone))
        throw new UsageError(`--timezone ${options.timezone} is unknown; use an IANA name such as America/Chicago`);
    const given = {};
    if (options.mapping !== undefined) {
        const text = new TextDecoder().decode(await runtime.files.read(resolvePath(workingDirectory, options.mapping)));
        Object.assign(given, yamlObject(text, options.mapping));
    }
    const decoderOptions = withSettings(definition, given, options.set ?? []);
    const decoderContext = { timezone: options.timezone, baseDirectory: workingDirectory };
    return { definition, decoder: definition.create(decoderOptions, decoderContext) };
}
function yamlObject(text, file) {
    let value;
    try {
        value = parseYaml(text, { maxAliasCount: 100 });
    }
    catch (thrown) {
        throw new UsageError(`${file} is no YAML: ${thrown instanceof Error ? thrown.message.split("\n")[0] : "unreadable"}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
        throw new UsageError(`${file} is no mapping: it must have entries, name: value`);
    return value;
}
/**
 * Adds `--set` values. A value is text first; where the decoder's options want something else, it is read as YAML
 * (a number, true, a list), so that a vehicle id of digits stays the text that it is.
 */
function withSettings(definition, given, settings) {
    const texts = { ...given };
    for (const setting of settings) {
        const at = setting.indexOf("=");
        if (at < 1)
            throw new UsageError(`--set ${setting} is not of the form option=value`);
        texts[setting.slice(0, at)] = setting.slice(at + 1);
    }
    const first = definition.options.safeParse(texts);
    if (first.success)
        return first.data;
    const wrong = new Set(first.error.issues.map((issue) => String(issue.path[0])));
    const typed = Object.fromEntries(Object.entries(texts).map(([name, value]) => [
        name,
        wrong.has(name) && typeof value === "string" && !(name in given) ? parseYaml(value) : value,
    ]));
    const second = definition.options.safeParse(typed);
    if (second.success)
        return second.data;
    const messages = messagesOf(definition.options, typed, second.error.issues);
    throw new UsageError(`the options of decoder ${definition.type} are wrong: ${messages.join("; ")}`);
}
function receivedOption(text, now) {
    if (text === "stated")
        return "stated";
    if (text === "now")
        return now;
    const time = /^\d{9,15}$/.test(text) ? Number(text) : parseIsoTime(text)?.time;
    if (time === undefined)
        throw new UsageError(`--received ${text} is none of: stated, now, milliseconds since the epoch, an ISO 8601 time with its zone`);
    return time;
}
async function writeRecords(log, out, { runtime, workingDirectory }) {
    const path = resolvePath(workingDirectory, out);
    await runtime.files.writeAtomic(path, "");
    const file = await runtime.files.openAppend(path);
    try {
        let text = "";
        for await (const pack of packs(log, "records")) {
            for (const { record } of unpackRecords(pack)) {
                text += `${deliveryJson(record)}\n`;
                if (text.length < WRITE_CHARS)
                    continue;
                await file.append(new TextEncoder().encode(text));
                text = "";
            }
        }
        if (text !== "")
            await file.append(new TextEncoder().encode(text));
        await file.sync();
    }
    finally {
        await file.close();
    }
}
async function printTable(result, log, { terminal }) {
    const { frames, records, removals, duplicates, deadLetters, late, balanced, seconds } = result;
    const rows = { frames, records, removals, duplicates, "dead letters": deadLetters, "late records": late };
    for (const line of columns(Object.entries(rows)))
        terminal.out(line);
    terminal.out(balanced
        ? terminal.paint("good", "the ledger balances")
        : terminal.paint("bad", "the ledger does NOT balance"));
    terminal.out(`${seconds.toFixed(2)} s`);
    if (deadLetters === 0)
        return;
    terminal.out("");
    terminal.out("Dead letters by cause:");
    const causes = await causesOf(log);
    for (const line of columns(causes.slice(0, CAUSES_SHOWN_MAX)))
        terminal.out(`  ${line}`);
    if (causes.length > CAUSES_SHOWN_MAX)
        terminal.out(`  and ${causes.length - CAUSES_SHOWN_MAX} more causes`);
}
/** Count, code and the first message of each cause, the most frequent first. */
async function causesOf(log) {
    const causes = new Map();
    for await (const pack of packs(log, "dead-letters")) {
        const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
        for (const letter of JSON.parse(text)) {
            // Numbers differ from item to item; without them equal causes look equal.
            const cause = `${letter.code} ${letter.message.replace(/\d+/g, "#")}`;
            const known = causes.get(cause);
            if (known)
                known[0]++;
            else
                causes.set(cause, [1, letter.code, letter.message]);
        }
    }
    return [...causes.values()].sort((a, b) => b[0] - a[0]);
}
async function* packs(log, topic) {
    for (let partition = 0; partition < log.partitions(topic); partition++) {
        let offset = 0;
        for (;;) {
            const page = await log.read({ topic, partition, offset }, PAGE);
            yield* page.packs;
            if (page.next.offset === offset)
                break;
            offset = page.next.offset;
        }
    }
}
