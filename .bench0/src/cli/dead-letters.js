import { formatIsoTime } from "../formats/iso-time.js";
import { LETTERS_SHOWN_MAX, listIssues, showIssue, } from "../operations/dead-letters.js";
import { adminJson } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { openStoreOrHub } from "./store-or-hub.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
/** Dead letters by cause, of a store or of the hub that has it open. */
export async function listDeadLetters(file, options, context) {
    const all = options.all === true;
    const list = await ask(file, options, context, (log) => listIssues(log, all), `/v1/dead-letters${all ? "?all=1" : ""}`);
    if (!list)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(list));
    else
        for (const line of listing(list))
            terminal.out(line);
    return EXIT.ok;
}
/** One cause, with some of its dead letters. */
export async function showDeadLetters(id, file, options, context) {
    const { limit } = options;
    if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && +limit >= 1 && +limit <= LETTERS_SHOWN_MAX))
        throw new UsageError(`--limit is "${limit}"; it is a whole number from 1 to ${LETTERS_SHOWN_MAX}`);
    const count = limit === undefined ? undefined : Number(limit);
    const path = `/v1/dead-letters/${encodeURIComponent(id)}${count === undefined ? "" : `?limit=${count}`}`;
    const detail = await ask(file, options, context, (log) => showIssue(log, id, count), path);
    if (!detail)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(detail));
    else
        for (const line of story(detail))
            terminal.out(line);
    return EXIT.ok;
}
/** Undefined after the errors of the configuration were printed. */
async function ask(file, { url }, context, read, path) {
    const config = await readHubConfig(file, context);
    if (!config)
        return undefined;
    const source = await openStoreOrHub(config, url, context);
    try {
        if (source.log)
            return await read(source.log);
        return (await adminJson(source.hub, "GET", path, new AbortController().signal));
    }
    finally {
        await source.close();
    }
}
function listing({ issues, open }) {
    if (issues.length === 0)
        return ["No dead letters are open."];
    const rows = issues.map((issue) => [
        issue.id,
        issue.open,
        minuteOf(issue.firstTime),
        minuteOf(issue.lastTime),
        issue.subject,
        `${issue.code}: ${issue.pattern}`,
    ]);
    const remedies = issues.flatMap((issue) => [`${issue.id}: ${issue.remedy}`]);
    const sum = `${open} dead letters are open, of ${issues.length} ${issues.length === 1 ? "cause" : "causes"}.`;
    return [
        ...columns([["Issue", "Open", "First seen", "Last seen", "Where", "What"], ...rows]),
        "",
        sum,
        ...remedies,
    ];
}
function story({ issue, letters, more }) {
    const shown = letters.flatMap((letter) => {
        const item = letter.index === undefined ? "" : ` item ${letter.index}`;
        const place = `frame ${letter.frame.partition}/${letter.frame.offset}${item}`;
        const tries = letter.attempts > 0 ? `, tried ${letter.attempts === 1 ? "once" : `${letter.attempts} times`}` : "";
        return [
            `${formatIsoTime(letter.time)} ${letter.recordId ?? place} (${letter.state}${tries}): ${letter.message}`,
            ...(letter.sample === undefined ? [] : [`    ${letter.sample}`]),
        ];
    });
    return [...headOf(issue), "", ...shown, ...(more ? ["and more; --limit shows them"] : [])];
}
function headOf(issue) {
    const { open, replayed, dropped, expired, failedAgain } = issue;
    const rows = [
        ["Issue", issue.id],
        ["Where", issue.stage === issue.subject ? issue.subject : `${issue.subject}, step ${issue.stage}`],
        ["What", `${issue.code}: ${issue.message}`],
        ["Seen", `${formatIsoTime(issue.firstTime)} to ${formatIsoTime(issue.lastTime)}`],
        ["Letters", `${open} open, ${replayed} replayed, ${dropped} dropped, ${expired} gone by age or size`],
        ...(failedAgain > 0 ? [["Tried again", `${failedAgain} times without success`]] : []),
        ["Remedy", issue.remedy],
    ];
    return rows.map(([name, text]) => `${name.padEnd(12)}${text}`);
}
/** `2026-11-22T07:31Z`. */
function minuteOf(time) {
    return `${formatIsoTime(time).slice(0, 16)}Z`;
}
