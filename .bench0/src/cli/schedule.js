import { formatGtfsFinding } from "../formats/gtfs/findings.js";
import { formatIsoTime } from "../formats/iso-time.js";
import { versionFor } from "../schedule/build-index.js";
import { ServiceCalendar } from "../schedule/service-calendar.js";
import { addDays, localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
const DAYS_SHOWN = 7;
const FINDINGS_SHOWN = 5;
/** Which schedules the store has, for which days, and why the newest was refused. Works beside a running hub. */
export async function schedule(file, options, context) {
    const { terminal, runtime } = context;
    const config = await readHubConfig(file, context);
    if (!config)
        return EXIT.config;
    const store = await openSqliteSchedules({ directory: config.store.directory, host: "read-only" });
    const all = [];
    try {
        for (const { name, gtfs, timezone } of config.agencies) {
            if (gtfs === undefined)
                continue;
            const versions = await store.versions(name);
            const today = localDate(runtime.clock.now(), versions[0]?.timezone ?? timezone);
            const days = [];
            for (let day = 0; day < DAYS_SHOWN; day++) {
                const date = addDays(today, day);
                const version = versionFor(versions, date);
                const calendar = version && (await store.calendar(version));
                const active = calendar && new ServiceCalendar(calendar.services, calendar.exceptions).activeOn(date);
                days.push({ date, version: version?.version, services: active?.size ?? 0 });
            }
            all.push({ agency: name, today, days, versions, refusal: await store.refusal(name) });
        }
    }
    finally {
        await store.close();
    }
    if (options.json)
        terminal.out(JSON.stringify({ agencies: all }));
    else if (all.length === 0)
        terminal.out("No agency of the configuration has a schedule (agencies.NAME.gtfs).");
    else
        for (const one of all)
            print(one, context);
    return EXIT.ok;
}
function print({ agency, today, days, versions, refusal }, { terminal }) {
    terminal.out(terminal.paint("strong", agency));
    if (versions.length === 0)
        terminal.out("  No schedule was read yet: start the hub with `wayside run`, which reads it.");
    const rows = versions.map(({ version, validFrom, validTo, validity, readTime, counts }) => [
        version,
        `${validFrom} to ${validTo}`,
        validity === "feed_info" ? "feed_info.txt" : "calendars",
        formatIsoTime(readTime),
        String(counts["trips.txt"] ?? 0),
        String(counts["stop_times.txt"] ?? 0),
    ]);
    if (rows.length > 0) {
        const header = ["version", "valid", "says", "read", "trips", "stop times"];
        for (const line of columns([header, ...rows]))
            terminal.out(`  ${line}`);
        for (const { date, version, services } of days) {
            const what = version === undefined ? "no schedule" : `${version}, ${services} services`;
            terminal.out(`  ${date}${date === today ? " (today)" : ""}: ${what}`);
        }
    }
    for (const finding of versions[0]?.warnings.slice(0, FINDINGS_SHOWN) ?? [])
        terminal.out(terminal.paint("warn", `  tolerated: ${formatGtfsFinding(finding)}`));
    if (refusal === undefined)
        return;
    terminal.out(terminal.paint("bad", `  refused at ${formatIsoTime(refusal.time)}: ${refusal.sentence}`));
    for (const finding of refusal.findings.slice(1, FINDINGS_SHOWN))
        terminal.out(`    ${formatGtfsFinding(finding)}`);
}
