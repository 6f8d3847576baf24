import { Failure, kindOf, messageOf } from "../model/failure.js";
/**
 * What the server's SQLSTATE means for a batch (PostgreSQL, appendix A; docs/delivery.md has the same table). The longest
 * prefix counts.
 *
 *     08, 40, 53, 55, 57, 58, 25006, XX   transient: connection, deadlock, resources, locks, shutdown, read-only stand-by
 *     22, 23, 54                          bad_records, none named: look for the one that is refused
 *     28                                  bad_sink: user or password
 *     3D, 3F, 42, others                  bad_sink: database, schema, rights, tables
 */
const BY_STATE = [
    ["25006", "sink.unavailable"],
    ["08", "sink.unavailable"],
    ["40", "sink.unavailable"],
    ["53", "sink.unavailable"],
    ["55", "sink.unavailable"],
    ["57", "sink.unavailable"],
    ["58", "sink.unavailable"],
    ["XX", "sink.unavailable"],
    ["22", "record.rejected"],
    ["23", "record.rejected"],
    ["54", "record.rejected"],
    ["28", "sink.refused"],
];
/** Of the socket and of TLS, as Node names them. */
const BY_ERRNO = {
    ECONNREFUSED: "net.refused",
    ENOENT: "net.refused",
    ECONNRESET: "net.reset",
    EPIPE: "net.reset",
    ETIMEDOUT: "net.timeout",
    EHOSTUNREACH: "net.unreachable",
    ENETUNREACH: "net.unreachable",
    EAI_AGAIN: "net.unreachable",
    ENOTFOUND: "net.dns",
};
const HINTS = {
    "net.refused": "is the server running, and is this its address?",
    "net.dns": "the host in the URL is wrong, or this machine has no network",
    "net.tls": "name a private authority in ca: { file: PATH }, or check host name and certificate",
    "sink.refused": "check user, password, database, schema and rights of this sink",
};
export function failureFromPostgres(thrown, place) {
    if (thrown instanceof Failure)
        return thrown;
    const { code: raw } = thrown;
    const state = typeof raw === "string" ? raw : "";
    const code = codeOf(state, thrown);
    const hint = HINTS[code] === undefined ? "" : `; ${HINTS[code]}`;
    return new Failure(code, `PostgreSQL at ${place} says: ${saidBy(thrown)}${state === "" ? "" : ` (${state})`}${hint}`, {
        cause: thrown,
        ...(state !== "" && { details: { state } }),
    });
}
export function deliveryFromPostgres(thrown, place) {
    const failure = failureFromPostgres(thrown, place);
    const kind = kindOf(failure);
    if (kind === "poison")
        return { outcome: "bad_records", rejected: [], failure };
    return { outcome: kind === "transient" ? "transient" : "bad_sink", failure };
}
function codeOf(state, thrown) {
    const byErrno = BY_ERRNO[state];
    if (byErrno !== undefined)
        return byErrno;
    // Five characters: a SQLSTATE. It decides also where no line of the table does.
    if (/^[0-9A-Z]{5}$/.test(state)) {
        return BY_STATE.find(([prefix]) => state.startsWith(prefix))?.[1] ?? "sink.refused";
    }
    const text = messageOf(thrown);
    if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/.test(state) || /does not support SSL/.test(text))
        return "net.tls";
    return /timeout/i.test(text) ? "net.timeout" : "net.reset";
}
/** The server repeats values in `detail`, which may be personal; its first line does not. */
function saidBy(thrown) {
    const text = messageOf(thrown) || "the connection failed";
    return text.split("\n", 1)[0]?.slice(0, 200) ?? text;
}
