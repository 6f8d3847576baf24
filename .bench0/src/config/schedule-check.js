import { formatGtfsFinding } from "../formats/gtfs/findings.js";
import { openGtfs } from "../formats/gtfs/open.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import { messageOf } from "../model/failure.js";
import { ServiceCalendar } from "../schedule/service-calendar.js";
import { localDate } from "../schedule/service-day.js";
const FINDINGS_SHOWN = 10;
const EXAMPLES_SHOWN = 3;
/** Of a schedule up to this size every table is read, a matter of seconds; of a larger one those that trips need. */
const WHOLE_BYTES_MAX = 20_000_000;
/**
 * Reads the schedules, as far as it takes to say whether they can be used: today's service, and whether crosswalks lead
 * to ids that exist. Where a schedule cannot be had, crosswalks are held against what a hub read before. Everything
 * found is a warning, because a hub starts and keeps the schedule that it has.
 */
export async function checkSchedules(config, source, runtime, access) {
    const findings = [];
    const add = (path, message, mend) => findings.push(source.finding("warning", "environment", path, message, mend));
    for (const agency of config.agencies) {
        const { gtfs, ids, name } = agency;
        if (ids !== undefined && gtfs === undefined && ids.rules.match.length > 0) {
            const mend = "add gtfs: the path or URL of the schedule";
            add(["agencies", name, "ids"], "match looks trips up in a schedule, and the agency has none", mend);
        }
        if (gtfs === undefined)
            continue;
        const path = await placeOf(config, agency, gtfs.location, runtime.files, access, add);
        const read = path === undefined ? undefined : await checkOne(agency, path, runtime, add);
        const known = read ?? (await access.stored(config, name));
        if (known !== undefined)
            await checkCrosswalks(agency, known, add);
    }
    return findings;
}
async function placeOf(config, { name }, location, files, { download }, add) {
    // That it is missing is told where files are looked for.
    if (!/^https?:/.test(location))
        return (await files.stat(location)) && location;
    try {
        return await download?.(config, name, location);
    }
    catch (thrown) {
        const mend = "correct the URL, or check without it: --offline; until it can be had a hub keeps what it read";
        add(["agencies", name, "gtfs"], `the schedule cannot be downloaded: ${messageOf(thrown)}`, mend);
        return undefined;
    }
}
class Seen {
    services = [];
    exceptions = [];
    ids = { route: new Set(), block: new Set(), trip: new Set() };
    agency() { }
    stop() { }
    shape() { }
    frequency() { }
    stopTimes() { }
    service(service) {
        this.services.push(service);
    }
    exception(exception) {
        this.exceptions.push(exception);
    }
    route({ gtfsRouteId }) {
        this.ids.route.add(gtfsRouteId);
    }
    trip({ tripId, blockId }) {
        this.ids.trip.add(tripId);
        if (blockId !== undefined)
            this.ids.block.add(blockId);
    }
}
async function checkOne(agency, path, { files, clock }, add) {
    const at = ["agencies", agency.name, "gtfs"];
    const seen = new Seen();
    let feed;
    try {
        const archive = await openGtfs(files, path);
        const tripsOnly = (await bytesAt(files, path)) > WHOLE_BYTES_MAX;
        feed = await readGtfs(archive, seen, { tripsOnly }).finally(() => archive.close());
    }
    catch (thrown) {
        add(at, `the schedule cannot be read: ${messageOf(thrown)}`, "put a GTFS zip or folder there; until then a hub keeps the schedule that it has");
        return undefined;
    }
    const refused = feed.errors > 0 ? "the schedule would be refused: " : "";
    for (const finding of feed.findings.slice(0, FINDINGS_SHOWN)) {
        add(at, refused + formatGtfsFinding({ ...finding, mend: "" }).replace(/; (?= \(|$)/, ""), finding.mend);
    }
    if (feed.errors > 0)
        return undefined;
    const { timezone = agency.timezone, edition, firstDate = "", lastDate = "" } = feed.summary;
    if (timezone !== agency.timezone) {
        const mend = "correct the one that is wrong; the times of the schedule count by its own";
        add(at, `agency.txt says ${timezone}, and the configuration ${agency.timezone}`, mend);
    }
    const today = localDate(clock.now(), timezone);
    const from = edition?.startDate ?? firstDate;
    const to = edition?.endDate ?? lastDate;
    if (today < from) {
        const mend = "nothing, if the schedule of today was read before; else put that one in place first";
        add(at, `the schedule begins on ${from}, and today is ${today}`, mend);
    }
    else if (today > to) {
        add(at, `the schedule ended on ${to}, and today is ${today}: no trip resolves`, "put a current schedule in place");
    }
    else if (new ServiceCalendar(seen.services, seen.exceptions).activeOn(today).size === 0) {
        const mend = "check calendar.txt and calendar_dates.txt, unless nothing runs today";
        add(at, `no service of the schedule runs today (${today})`, mend);
    }
    return seen.ids;
}
async function bytesAt(files, path) {
    const entry = await files.stat(path);
    if (entry?.isDirectory !== true)
        return entry?.bytes ?? 0;
    return (await files.list(path)).reduce((sum, { bytes }) => sum + bytes, 0);
}
/** Read once more, because a configuration keeps pairs and not their lines. */
async function checkCrosswalks({ name, ids }, known, add) {
    for (const { kind, file, entries } of (await ids?.source?.read())?.crosswalks ?? []) {
        if (kind === "vehicle")
            continue;
        const unknown = entries.filter(({ to }) => !known[kind].has(to));
        if (unknown.length === 0)
            continue;
        const shown = unknown
            .slice(0, EXAMPLES_SHOWN)
            .map(({ from, to, line }) => `${file}:${line}: "${from}" to "${to}"`);
        const more = unknown.length > EXAMPLES_SHOWN ? `, and ${unknown.length - EXAMPLES_SHOWN} more` : "";
        add(["agencies", name, "ids"], `${unknown.length} of ${entries.length} lines of the crosswalk of ${kind} lead to ids that the schedule does not have: ${shown.join(", ")}${more}`, "correct them; what does not resolve is published without trip");
    }
}
