import { createHash } from "node:crypto";
import { Failure } from "../../model/failure.js";
import { isTimezone } from "../local-time.js";
import { FeedRows } from "./feed-rows.js";
import { GtfsFindings } from "./findings.js";
import { readTable } from "./table.js";
const PROGRESS_EVERY_BYTES = 1024 * 1024;
const REQUIRED = ["agency.txt", "routes.txt", "trips.txt", "stops.txt", "stop_times.txt"];
/**
 * Reads a GTFS feed in bounded memory: of the large tables one piece is held at a time, of the others what later tables
 * refer to. What is wrong in a row costs the row; what makes the whole unusable is an error.
 */
export async function readGtfs(archive, visitor, options = {}) {
    const findings = new GtfsFindings();
    const rows = new FeedRows(visitor, findings);
    const tables = rows.tables().filter((table) => !(options.tripsOnly && table.isDetail));
    sayMissing(archive, findings);
    const totalBytes = tables.reduce((sum, { file }) => sum + (archive.files.get(file)?.bytes ?? 0), 0);
    const hash = createHash("sha256");
    const counts = {};
    let bytes = 0;
    let told = 0;
    for (const table of tables) {
        const file = archive.files.get(table.file);
        if (file === undefined || findings.errors > 0)
            continue;
        hash.update(`\0${table.file}\0`);
        const spec = { ...table, findings };
        counts[table.file] = await readTable(file.open(), spec, (chunk) => {
            if (options.signal?.aborted)
                throw new Failure("closed", "Reading the schedule was stopped");
            hash.update(chunk);
            bytes += chunk.length;
            if (bytes - told < PROGRESS_EVERY_BYTES)
                return;
            told = bytes;
            options.onProgress?.({ file: table.file, bytes, totalBytes });
        });
        table.end?.();
    }
    const { timezone, firstDate } = rows.summary;
    if (timezone !== undefined && !isTimezone(timezone)) {
        const mend = "write an IANA name such as America/Chicago";
        const message = "is not known as a time zone, and the times of the schedule count by it";
        findings.add({ severity: "error", code: "timezone", file: "agency.txt", value: timezone, message, mend });
    }
    if (findings.errors === 0 && firstDate === undefined) {
        const mend = "export calendars with days on which trips run";
        findings.add({
            severity: "error",
            code: "no_service",
            file: "",
            message: "has no service on any day",
            mend,
        });
    }
    if (findings.errors === 0)
        rows.judge(options.tripsOnly ?? false);
    options.onProgress?.({ file: "", bytes: totalBytes, totalBytes });
    return {
        findings: findings.list(),
        errors: findings.errors,
        contentHash: hash.digest("hex"),
        rows: counts,
        summary: rows.summary,
    };
}
function sayMissing({ files }, findings) {
    const missing = (file, mend) => findings.add({ severity: "error", code: "missing_file", file, message: "is missing", mend });
    for (const file of REQUIRED) {
        if (!files.has(file))
            missing(file, "export the feed with all files that GTFS requires");
    }
    if (!files.has("calendar.txt") && !files.has("calendar_dates.txt")) {
        missing("calendar.txt", "export calendar.txt, calendar_dates.txt or both: without them no trip has a day");
    }
}
