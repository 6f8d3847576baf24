import { formatIsoTime } from "../formats/iso-time.js";
import { Failure } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import { readEvents } from "../operations/event-page.js";
import { sleep } from "../runtime/runtime.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { adminAddress, adminJson } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { sinceTime } from "./since-time.js";
const FOLLOW_MS = 2 * SECOND_MS;
const PAGE = 1000;
/** What happened, of a store or of the hub that has it open; events to stdout, notices to stderr. */
export async function events(file, options, context) {
    const { runtime, terminal } = context;
    const config = await readHubConfig(file, context);
    if (!config)
        return EXIT.config;
    const fromTime = sinceTime(options.since ?? "24h", runtime.clock.now());
    const stop = new AbortController();
    const forget = terminal.onStop(() => stop.abort());
    const reader = await openReader(config, options, context, stop.signal);
    try {
        if (options.follow && !reader.isLive)
            terminal.err("No hub runs on this store, so nothing more will come.");
        let question = { fromTime, limit: PAGE };
        for (;;) {
            const { events: found, next, more } = await reader.ask(question);
            // What came again and again is written at the end of its minute, with the time at which it came last.
            for (const event of [...found].sort((a, b) => a.time - b.time))
                terminal.out(options.json ? JSON.stringify(event) : readable(event, context));
            question = { since: next, limit: PAGE };
            if (more)
                continue;
            if (!options.follow || !reader.isLive)
                return EXIT.ok;
            await sleep(runtime.clock, FOLLOW_MS, stop.signal);
        }
    }
    catch (thrown) {
        if (stop.signal.aborted)
            return EXIT.ok;
        throw thrown;
    }
    finally {
        forget();
        await reader.close();
    }
}
async function openReader(config, options, { runtime, terminal }, signal) {
    const { directory } = config.store;
    if (!(await runtime.files.stat(directory))) {
        throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
    }
    try {
        const log = await openSqliteLog({ directory, chance: runtime.chance });
        return { ask: (question) => readEvents(log, question), isLive: false, close: () => log.close() };
    }
    catch (thrown) {
        // A running hub has the store: it reads its own events for us.
        if (!(thrown instanceof Failure) || thrown.code !== "store.locked")
            throw thrown;
    }
    const known = adminAddress(config.http);
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    const hub = { ...known, url: options.url ?? known.url, token };
    const ask = async ({ since, fromTime, limit }) => {
        const query = new URLSearchParams({ limit: String(limit ?? PAGE) });
        if (since !== undefined)
            query.set("since", since);
        else if (fromTime !== undefined)
            query.set("from", String(fromTime));
        return (await adminJson(hub, "GET", `/v1/events?${query}`, signal));
    };
    return { ask, isLive: true, close: async () => undefined };
}
/** `24h` ago, or a time such as `2026-01-05T12:00:00Z`. */
function readable({ time, level, subject, code, message, details }, { terminal }) {
    const tone = level === "error" ? "bad" : level === "warn" ? "warn" : "quiet";
    const repeats = details?.["repeats"];
    const times = typeof repeats === "number" ? ` (${repeats} times)` : "";
    return `${formatIsoTime(time)} ${terminal.paint(tone, level)} ${subject} ${code}: ${message}${times}`;
}
