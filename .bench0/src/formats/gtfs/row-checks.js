import { cell } from "./table.js";
import { parseGtfsTime, parseServiceDate } from "./time.js";
/** Beyond this share of rows that cannot be used, the export itself is broken. */
const BAD_SHARE_MAX = 0.1;
const BAD_ROWS_MIN = 10;
const ID_LENGTH_MAX = 200;
export function isTooMuch(bad, all) {
    return bad > BAD_ROWS_MIN && bad > all * BAD_SHARE_MAX;
}
/** A finite number; undefined for anything else. */
export function numberIn(text) {
    if (text === "")
        return undefined;
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
}
/** Looks at the cells of a row; what is wrong becomes a finding, and a row that is left out is counted. */
export class RowChecks {
    #findings;
    #bad = new Map();
    #good = new Map();
    constructor(findings) {
        this.#findings = findings;
    }
    /** An export in which too many rows are bad is an error as a whole. */
    judge() {
        for (const [file, bad] of this.#bad) {
            const all = bad + (this.#good.get(file) ?? 0);
            if (!isTooMuch(bad, all))
                continue;
            const mend = "mend what the other findings of this file name, and export it again";
            this.error("too_many_bad_rows", file, `${bad} of ${all} rows cannot be used`, mend);
        }
    }
    id(file, line, fields, at, column) {
        const id = cell(fields, at);
        if (id !== "" && id.length <= ID_LENGTH_MAX)
            return id;
        const message = id === "" ? `the row has no ${column}, and is left out` : `is too long for a ${column}`;
        this.skip("id", file, line, id === "" ? undefined : id, message, `give it a ${column} of 1 to 200 characters`);
        return undefined;
    }
    date(file, line, text, column) {
        const date = parseServiceDate(text);
        if (date === undefined)
            this.skip("date", file, line, text, `is no ${column}; the row is left out`, "write YYYYMMDD");
        return date;
    }
    optionalDate(file, line, text) {
        if (text === "")
            return undefined;
        const date = parseServiceDate(text);
        if (date === undefined)
            this.warn("date", file, line, text, "is no date, and is not used", "write YYYYMMDD");
        return date;
    }
    /** Undefined: not stated. Null: stated, and no time. */
    time(file, line, text) {
        if (text === "")
            return undefined;
        const time = parseGtfsTime(text);
        if (time !== undefined)
            return time;
        this.skip("time", file, line, text, "is no time; the row is left out", "write H:MM:SS, such as 25:10:00");
        return null;
    }
    place(file, line, lat, lon) {
        if (lat === "" && lon === "")
            return undefined;
        const latitude = numberIn(lat);
        const longitude = numberIn(lon);
        if (latitude !== undefined &&
            longitude !== undefined &&
            Math.abs(latitude) <= 90 &&
            Math.abs(longitude) <= 180)
            return { latitude, longitude };
        const mend = "write degrees of WGS84, latitude from -90 to 90";
        this.warn("place", file, line, `${lat}, ${lon}`, "is no place on earth, and is left out", mend);
        return undefined;
    }
    isTwice(known, file, line, id, column) {
        if (!known.has(id)) {
            known.add(id);
            return false;
        }
        this.twice(file, line, id, column);
        return true;
    }
    twice(file, line, id, column) {
        const message = `is a ${column} that was used above; the first row counts`;
        this.skip("duplicate_id", file, line, id, message, "give each row an id of its own");
    }
    refers(file, line, known, id, column, target) {
        if (known.has(id))
            return true;
        this.unknown(file, line, id, column, target);
        return false;
    }
    unknown(file, line, id, column, target) {
        const message = `is a ${column} that ${target} does not have; the row is left out`;
        this.skip(`unknown_${column}`, file, line, id, message, `correct it, or add it to ${target}`);
    }
    skip(code, file, line, value, message, mend) {
        this.#bad.set(file, (this.#bad.get(file) ?? 0) + 1);
        this.warn(code, file, line, value, message, mend);
    }
    warn(code, file, line, value, message, mend) {
        this.#findings.add({ severity: "warning", code, file, line, value, message, mend });
    }
    error(code, file, message, mend) {
        this.#findings.add({ severity: "error", code, file, message, mend });
    }
    count(file) {
        this.#good.set(file, (this.#good.get(file) ?? 0) + 1);
    }
}
