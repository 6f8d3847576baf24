import { join, resolve } from "node:path";
import { z } from "zod";
import { isTimezone } from "../formats/local-time.js";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure, messageOf } from "../model/failure.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { FolderPlace, SftpPlace } from "./daily-csv-place.js";
import { DailyTable, DEFAULT_FIELDS, FIELDS } from "./daily-csv-table.js";
import { DayParts } from "./day-parts.js";
import { ServiceDates } from "./service-dates.js";
const LOOK_EVERY_MS = MINUTE_MS;
const RETRY_MAX_MS = HOUR_MS;
const FILE_NAME = /^[\w.-]*\{day\}[\w.-]*$/;
const field = z.string().refine((name) => FIELDS.includes(name), `must be one of ${FIELDS.join(", ")}`);
const options = z.strictObject({
    directory: z
        .string()
        .min(1)
        .describe("The folder in which files appear, such as a mounted share; with `sftp` only working files are here. Relative to the configuration file."),
    sftp: z
        .strictObject({
        host: z
            .string()
            .regex(/^[\w.:-]+$/)
            .describe("The server."),
        port: z.int().min(1).max(65_535).default(22).describe("Its port."),
        user: z
            .string()
            .regex(/^[\w.@-]+$/)
            .describe("Who logs in there."),
        path: z
            .string()
            .regex(/^[\w./-]*$/, "letters, digits and . _ - / only")
            .default("")
            .describe("The folder there; without a / at its beginning below the user's own."),
        identity: z
            .string()
            .min(1)
            .optional()
            .describe("The file with the private key, without a passphrase. Default: what ssh of this user has."),
        knownHosts: z
            .string()
            .min(1)
            .optional()
            .describe("The file with the server's key, as ssh-keyscan writes it. Default: that of this user."),
        connectTimeout: durationOption({ minMs: 1000 }).prefault("15s").describe("For connecting."),
        timeout: durationOption({ minMs: 1000 }).prefault("30m").describe("For sending one file."),
    })
        .optional()
        .describe("Send the files to a server instead. Needs sftp, the client of OpenSSH, on this machine."),
    timezone: z
        .string()
        .refine(isTimezone, { error: 'is not a time zone; use an IANA name such as "America/Chicago"' })
        .describe("IANA time zone of the agency, for service dates."),
    file: z
        .string()
        .regex(FILE_NAME, "letters, digits and . _ - only, with {day} in it")
        .default("{day}.csv")
        .describe("Name of a file; {day} is the service date, such as 2026-01-05."),
    columns: z
        .array(z.union([
        field,
        z.strictObject({
            name: z.string().min(1).max(100).describe("In the first line of the file."),
            field: field.describe("The field of the record."),
        }),
    ]))
        .min(1)
        .max(100)
        .default([...DEFAULT_FIELDS])
        .describe("What stands in the file, in this order: fields, or { name, field } where the package has another name for it."),
    separator: z.enum([",", ";", "\t"]).default(",").describe("Between two cells."),
    times: z
        .enum(["local", "utc"])
        .default("local")
        .describe("How times are written: in the time zone of the agency with its offset, or in UTC."),
    serviceDayEnd: durationOption({ maxMs: 12 * HOUR_MS })
        .prefault("3h")
        .describe("When the service day ends, after midnight; a report without a trip before that belongs to the day before."),
    closeAfter: durationOption()
        .prefault("2h")
        .describe("How long after the end of the service day it is closed: then its file appears."),
    reissueEvery: durationOption({ minMs: MINUTE_MS })
        .prefault("1h")
        .describe("How often at the most the file of a closed day is issued again, with what came late."),
    keep: durationOption({ minMs: HOUR_MS })
        .prefault("14d")
        .describe("What comes so long after its day was closed is refused, and becomes a dead letter."),
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
 * A CSV file for each closed service day. Rows are appended to working files in `.open`, exactly once in effect (`DayParts`);
 * the file appears whole when the day is closed, and is issued again, whole, when late rows came.
 */
export const definition = Object.freeze({
    type: "daily-csv",
    summary: "Writes a CSV file for each closed service day, to a folder or over SFTP, for scheduling packages.",
    options,
    folders: ({ directory }) => ({ directory }),
    create: (chosen, context) => new DailyCsvSink(chosen, context),
});
class DailyCsvSink {
    kind = "delivery";
    needs;
    #options;
    #context;
    #clock;
    #dates;
    #table;
    #parts;
    #place;
    /** How much of each day is there, and since when, by the monotonic clock. */
    #issued = new Map();
    #forgotten = [];
    #stop = new AbortController();
    #cancel;
    #issuing;
    #isOpen = false;
    /** Failures in a row. */
    #failures = 0;
    #nextTryAt = Number.NEGATIVE_INFINITY;
    constructor(chosen, context) {
        const { files, clock } = context.runtime;
        this.#options = chosen;
        this.#context = context;
        this.#clock = clock;
        this.#dates = new ServiceDates(chosen.timezone, chosen.serviceDayEnd);
        const columns = chosen.columns.map((one) => (typeof one === "string" ? { name: one, field: one } : one));
        this.#table = new DailyTable(columns, chosen.separator, chosen.times === "utc" ? undefined : chosen.timezone);
        const directory = resolve(context.baseDirectory, chosen.directory);
        this.#parts = new DayParts({ files, directory: join(directory, ".open"), header: this.#table.header });
        this.#place = placeOf(chosen, directory, context);
        const { count, bytes, every } = chosen.batch;
        this.needs = { exclusive: true, batch: { count, bytes, everyMs: every } };
    }
    async open(state) {
        await this.close();
        const found = await this.#parts.open(state);
        for (const [day, length] of this.#parts.committedLengths)
            if (length > 0)
                await this.#checkHeader(day);
        this.#issued.clear();
        this.#forgotten = [];
        this.#stop = new AbortController();
        this.#isOpen = true;
        this.#later(LOOK_EVERY_MS);
        return found;
    }
    async write(batch) {
        const refused = this.#refusalsOf(batch);
        if (refused !== undefined)
            return refused;
        const rows = new Map();
        for (const record of batch.records) {
            if (record.body.removed === true)
                continue;
            const day = this.#dates.of(record);
            rows.set(day, (rows.get(day) ?? "") + this.#table.row(record, day));
        }
        await this.#forgetOld(rows);
        return this.#parts.write(batch.id, rows);
    }
    committed() {
        this.#parts.committed();
    }
    /** A file that is on its way is broken off: the next start goes on with it. */
    async close() {
        if (!this.#isOpen)
            return;
        this.#isOpen = false;
        this.#cancel?.();
        this.#stop.abort(new Failure("closed", "The sink is closing"));
        await this.#issuing;
    }
    #closedAt(day) {
        return this.#dates.endOf(day) + this.#options.closeAfter;
    }
    #nameOf(day) {
        return this.#options.file.replaceAll("{day}", day);
    }
    /** By the time of receipt, so that every attempt at a batch judges alike. */
    #refusalsOf(batch) {
        const { keep } = this.#options;
        const rejected = batch.records.flatMap((record, index) => {
            const day = this.#dates.of(record);
            if (record.body.removed === true || record.origin.receivedTime <= this.#closedAt(day) + keep)
                return [];
            const days = Math.round((record.origin.receivedTime - this.#closedAt(day)) / (24 * HOUR_MS));
            const message = `Service day ${day} was closed ${days} days before this came; keep of the sink says how long it is waited for`;
            return [{ index, code: "record.rejected", message }];
        });
        const first = rejected[0];
        if (first === undefined)
            return undefined;
        return { outcome: "bad_records", rejected, failure: new Failure("record.rejected", first.message) };
    }
    /** Rows of two shapes in one file would be read wrongly. */
    async #checkHeader(day) {
        const path = this.#parts.pathOf(day);
        const { header } = this.#table;
        const file = await this.#context.runtime.files.openRead(path);
        try {
            const wanted = Buffer.from(header);
            const begin = await file.read(0, Math.min(wanted.length, file.size));
            if (wanted.equals(begin))
                return;
        }
        finally {
            await file.close();
        }
        const said = `${path} was begun with other columns; give the sink another name and directory, or change columns back until ${day} is no longer kept`;
        throw new Failure("config.invalid", said);
    }
    /** Days for which nothing is taken any more leave the state, long after that, once their file is where it belongs. */
    async #forgetOld(rows) {
        if (this.#issuing !== undefined)
            return;
        try {
            const left = [];
            for (const day of this.#forgotten) {
                if (await this.#parts.removeForgotten(day))
                    this.#issued.delete(day);
                else
                    left.push(day);
            }
            this.#forgotten = left;
        }
        catch (thrown) {
            // The file is in nobody's way, and is removed by the next open at the latest.
            this.#trouble(thrown);
        }
        const now = this.#clock.now();
        for (const [day, length] of this.#parts.committedLengths) {
            const isOver = now > this.#closedAt(day) + 2 * this.#options.keep;
            if (!isOver || rows.has(day) || this.#issued.get(day)?.length !== length)
                continue;
            this.#parts.forget([day]);
            this.#forgotten.push(day);
        }
    }
    #later(delayMs) {
        if (!this.#isOpen)
            return;
        const run = () => {
            this.#issuing = this.#issueAll().finally(() => {
                this.#issuing = undefined;
                this.#later(LOOK_EVERY_MS);
            });
        };
        this.#cancel = this.#clock.after(delayMs, run, { ref: false });
    }
    /** Issues what is closed and not there yet, or has grown since. What fails is tried again, later each time. */
    async #issueAll() {
        const at = this.#clock.monotonic();
        if (at < this.#nextTryAt)
            return;
        try {
            for (const [day, length] of [...this.#parts.committedLengths]) {
                if (length === 0 || this.#clock.now() < this.#closedAt(day))
                    continue;
                const before = this.#issued.get(day);
                if (before?.length === length)
                    continue;
                if (before !== undefined && at - before.at < this.#options.reissueEvery)
                    continue;
                await this.#issue(day, length, before !== undefined);
            }
            if (this.#failures === 0)
                return;
            this.#failures = 0;
            this.#context.onEvent?.("info", "sink.files_written", `Files reach ${this.#place.name} again`);
        }
        catch (thrown) {
            if (!this.#stop.signal.aborted)
                this.#trouble(thrown);
        }
    }
    async #issue(day, length, isAgain) {
        const name = this.#nameOf(day);
        const done = await this.#place.put(this.#parts.pathOf(day), length, name, this.#stop.signal);
        this.#issued.set(day, { length, at: this.#clock.monotonic() });
        if (done === "was there")
            return;
        const how = isAgain ? "again, with what came late" : "";
        this.#context.onEvent?.("info", "sink.day_issued", `Issued ${name} ${how}`.trim());
    }
    #trouble(thrown) {
        this.#failures++;
        const delayMs = Math.min(RETRY_MAX_MS, LOOK_EVERY_MS * 2 ** Math.min(this.#failures - 1, 10));
        this.#nextTryAt = this.#clock.monotonic() + delayMs;
        if (this.#failures > 1)
            return;
        const isPermanent = thrown instanceof Failure && thrown.kind === "permanent";
        const said = `Files do not reach ${this.#place.name}, and are kept here: ${messageOf(thrown)}`;
        this.#context.onEvent?.(isPermanent ? "error" : "warn", "sink.files_failed", said);
    }
}
function placeOf({ sftp }, directory, { runtime, baseDirectory }) {
    const { files } = runtime;
    if (sftp === undefined)
        return new FolderPlace(directory, files);
    const at = (path) => (path === undefined ? undefined : resolve(baseDirectory, path));
    const server = {
        ...sftp,
        identity: at(sftp.identity),
        knownHosts: at(sftp.knownHosts),
        connectTimeoutMs: sftp.connectTimeout,
    };
    return new SftpPlace(server, sftp.path.replace(/\/+$/, ""), sftp.timeout, files);
}
