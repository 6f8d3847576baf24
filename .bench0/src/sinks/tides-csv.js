import { join, resolve } from "node:path";
import { z } from "zod";
import { isTimezone } from "../formats/local-time.js";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure, messageOf } from "../model/failure.js";
import { HOUR_MS } from "../model/units.js";
import { copyStart, DayParts } from "./day-parts.js";
import { ServiceDates } from "./service-dates.js";
import { TIDES_HEADER, tidesRefusal, tidesRow } from "./tides-table.js";
const SPEC = "https://raw.githubusercontent.com/TIDES-transit/TIDES/main/spec";
const TABLE = "vehicle_locations";
/** A day that got no row for so long is left as it was shown: a late row begins from there. */
const QUIET_MS = HOUR_MS;
const options = z.strictObject({
    directory: z
        .string()
        .min(1)
        .describe("The folder of the archive, made if missing: one folder per service date. Relative to the configuration file."),
    timezone: z
        .string()
        .refine(isTimezone, { error: 'is not a time zone; use an IANA name such as "America/Chicago"' })
        .describe("IANA time zone of the agency, for service dates."),
    agency: z.string().min(1).max(200).describe("Name of the agency, as the data packages state it."),
    serviceDayEnd: durationOption({ maxMs: 12 * HOUR_MS })
        .prefault("3h")
        .describe("Up to when after midnight a report without a trip belongs to the service date before."),
    publishEvery: durationOption({ minMs: 1000 })
        .prefault("5m")
        .describe("How often the files of readers are replaced; each time the whole file of the day is written."),
    batch: z
        .strictObject({
        count: z.int().min(1).max(100_000).default(5000).describe("Records at the most in one append."),
        bytes: bytesOption().prefault("4MiB").describe("Size of one append, estimated."),
        every: durationOption().prefault("5s").describe("Longest wait for more records before an append."),
    })
        .prefault({})
        .describe("How much is appended and synced at once."),
});
/**
 * An archive of TIDES 1.0 data packages, one per service date: `2026-01-05/datapackage.json` and
 * `2026-01-05/vehicle_locations.csv`. Rows are appended to working files in `.open`, exactly once in effect (`DayParts`);
 * what readers see is replaced as a whole from what is committed there. Other kinds of record and removals have no row.
 */
export const definition = Object.freeze({
    type: "tides-csv",
    summary: "Archives vehicle locations as TIDES data packages, a CSV file per service date, exactly once in effect.",
    options,
    folders: ({ directory }) => ({ directory }),
    create: (chosen, context) => new TidesCsvSink(chosen, context),
});
class TidesCsvSink {
    kind = "delivery";
    needs;
    #options;
    #context;
    #clock;
    #directory;
    #dates;
    #parts;
    /** How much of each working file readers see. */
    #shown = new Map();
    /** When each day got its last row, by the monotonic clock. */
    #touched = new Map();
    #forgotten = [];
    #cancel;
    #showing;
    #isOpen = false;
    #isInTrouble = false;
    constructor(chosen, context) {
        this.#options = chosen;
        this.#context = context;
        this.#clock = context.runtime.clock;
        this.#directory = resolve(context.baseDirectory, chosen.directory);
        this.#dates = new ServiceDates(chosen.timezone, chosen.serviceDayEnd);
        this.#parts = new DayParts({
            files: context.runtime.files,
            directory: join(this.#directory, ".open"),
            header: TIDES_HEADER,
            finished: (day) => this.#tableOf(day),
        });
        const { count, bytes, every } = chosen.batch;
        this.needs = { exclusive: true, batch: { count, bytes, everyMs: every } };
    }
    async open(state) {
        await this.close();
        const found = await this.#parts.open(state);
        this.#shown.clear();
        this.#touched.clear();
        this.#forgotten = [];
        for (const day of this.#parts.committedLengths.keys()) {
            const table = await this.#context.runtime.files.stat(this.#tableOf(day));
            const described = await this.#context.runtime.files.stat(this.#packageOf(day));
            if (table !== undefined && described !== undefined)
                this.#shown.set(day, table.bytes);
            this.#touched.set(day, this.#clock.monotonic());
        }
        this.#isOpen = true;
        this.#later();
        return found;
    }
    async write(batch) {
        const refused = refusalsOf(batch);
        if (refused !== undefined)
            return refused;
        const rows = this.#rowsOf(batch);
        try {
            await this.#removeForgotten();
        }
        catch (thrown) {
            // The file is in nobody's way, and is removed by the next open at the latest.
            this.#trouble(thrown);
        }
        this.#forgetQuiet(rows);
        const delivery = await this.#parts.write(batch.id, rows);
        const now = this.#clock.monotonic();
        if (delivery.outcome === "ok")
            for (const day of rows.keys())
                this.#touched.set(day, now);
        return delivery;
    }
    committed() {
        this.#parts.committed();
    }
    /** What is committed is shown before: after a drain readers have all of it. */
    async close() {
        if (!this.#isOpen)
            return;
        this.#isOpen = false;
        this.#cancel?.();
        this.#cancel = undefined;
        await this.#showing;
        await this.#show();
    }
    #tableOf(day) {
        return join(this.#directory, day, `${TABLE}.csv`);
    }
    #packageOf(day) {
        return join(this.#directory, day, "datapackage.json");
    }
    #rowsOf(batch) {
        const rows = new Map();
        for (const record of batch.records) {
            const { body } = record;
            if (body.kind !== "vehicle_location" || body.removed === true)
                continue;
            const day = this.#dates.of(record);
            rows.set(day, (rows.get(day) ?? "") + tidesRow(record, body, day));
        }
        return rows;
    }
    /** Days that nobody reports of any more, and whose rows readers have, leave the state. */
    #forgetQuiet(rows) {
        const now = this.#clock.monotonic();
        for (const [day, length] of this.#parts.committedLengths) {
            const touched = this.#touched.get(day);
            if (touched === undefined)
                this.#touched.set(day, now);
            const isQuiet = touched !== undefined && now - touched >= QUIET_MS;
            if (!isQuiet || rows.has(day) || this.#shown.get(day) !== length)
                continue;
            if (this.#showing !== undefined)
                continue;
            this.#parts.forget([day]);
            this.#touched.delete(day);
            this.#forgotten.push(day);
        }
    }
    async #removeForgotten() {
        const left = [];
        for (const day of this.#forgotten) {
            const isRemoved = await this.#parts.removeForgotten(day);
            if (isRemoved)
                this.#shown.delete(day);
            // One that is in the state again is removed when it is quiet the next time.
            else if (!this.#touched.has(day))
                left.push(day);
        }
        this.#forgotten = left;
    }
    #later() {
        if (!this.#isOpen)
            return;
        this.#cancel = this.#clock.after(this.#options.publishEvery, () => {
            this.#showing = this.#show().finally(() => {
                this.#showing = undefined;
                this.#later();
            });
        }, { ref: false });
    }
    /** Replaces the table of each day that has new committed rows. What fails is tried again the next time. */
    async #show() {
        try {
            for (const [day, length] of [...this.#parts.committedLengths]) {
                if (length === 0 || this.#shown.get(day) === length)
                    continue;
                await copyStart(this.#context.runtime.files, this.#parts.pathOf(day), this.#tableOf(day), length);
                await this.#describe(day);
                this.#shown.set(day, length);
            }
            if (!this.#isInTrouble)
                return;
            this.#isInTrouble = false;
            const message = `The files in ${this.#directory} are replaced again`;
            this.#context.onEvent?.("info", "sink.files_written", message);
        }
        catch (thrown) {
            this.#trouble(thrown);
        }
    }
    #trouble(thrown) {
        if (this.#isInTrouble)
            return;
        this.#isInTrouble = true;
        const message = `Files in ${this.#directory} cannot be replaced, and stand as they were: ${messageOf(thrown)}`;
        this.#context.onEvent?.("warn", "sink.files_failed", message);
    }
    /** Written once per day: what somebody adds to it stays. */
    async #describe(day) {
        const { files } = this.#context.runtime;
        const path = this.#packageOf(day);
        if ((await files.stat(path)) !== undefined)
            return;
        await files.writeAtomic(path, `${JSON.stringify(dataPackage(this.#options.agency, day), null, 2)}\n`);
    }
}
/** The descriptor of a TIDES data package of one service date. */
function dataPackage(agency, day) {
    return {
        profile: `${SPEC}/tides-datapackage-profile.json`,
        name: `vehicle-locations-${day}`,
        title: `Vehicle locations of ${agency}, service date ${day}`,
        agency,
        resources: [
            {
                name: TABLE,
                path: `${TABLE}.csv`,
                profile: "tabular-data-resource",
                "tides-table": TABLE,
                schema: `${SPEC}/${TABLE}.schema.json`,
                format: "csv",
                mediatype: "text/csv",
                encoding: "utf-8",
                sources: [{ title: "CAD/AVL reports, as received by Wayside", component: "AVL" }],
            },
        ],
    };
}
/** What the table cannot hold is refused before anything is written. */
function refusalsOf(batch) {
    const rejected = batch.records.flatMap((record, index) => {
        const { body } = record;
        if (body.kind !== "vehicle_location" || body.removed === true)
            return [];
        const message = tidesRefusal(record, body);
        return message === undefined ? [] : [{ index, code: "record.rejected", message }];
    });
    const first = rejected[0];
    if (first === undefined)
        return undefined;
    return { outcome: "bad_records", rejected, failure: new Failure("record.rejected", first.message) };
}
