/** The one table from code to kind. Codes are stable: they are stored with dead letters and shown to people. */
export const FAILURE_KINDS = {
    // Talking to the world.
    "net.refused": "transient",
    "net.reset": "transient",
    "net.timeout": "transient",
    "net.unreachable": "transient",
    "net.dns": "permanent",
    "net.tls": "permanent",
    "net.private_address": "permanent",
    "http.transient": "transient",
    "http.unauthorized": "permanent",
    "http.not_found": "permanent",
    "http.redirect": "permanent",
    "http.rejected": "poison",
    "http.body_too_large": "poison",
    // A destination that does not speak HTTP: away, overloaded or locked; and one that will not have us until somebody acts.
    "sink.unavailable": "transient",
    "sink.refused": "permanent",
    "upstream.error": "transient",
    "upstream.quota": "transient",
    "upstream.key": "permanent",
    "upstream.not_valid": "transient",
    "upstream.frozen": "transient",
    "upstream.implausible": "transient",
    // What a frame or a record can be guilty of.
    "decode.format": "poison",
    "decode.truncated": "poison",
    "decode.limit": "poison",
    "decode.record": "poison",
    "decode.crash": "poison",
    "decode.killed": "poison",
    "contract.refused": "poison",
    "feed.unknown": "poison",
    "record.implausible": "poison",
    "record.no_subject": "poison",
    "record.value": "poison",
    "record.rejected": "poison",
    // Our own state and configuration.
    "store.full": "transient",
    "store.busy": "transient",
    "store.changed": "transient",
    "store.fenced": "permanent",
    "store.overtaken": "transient",
    "store.sync": "permanent",
    "store.locked": "permanent",
    "store.corrupt": "corrupt",
    "store.version": "permanent",
    "config.invalid": "permanent",
    "request.invalid": "permanent",
    "request.conflict": "permanent",
    closed: "permanent",
    bug: "permanent",
};
/** The one error class. The message is a plain sentence: what was wrong, with the value, where, and how to mend it. */
export class Failure extends Error {
    code;
    retryAfterMs;
    details;
    constructor(code, message, options = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.name = "Failure";
        this.code = code;
        this.retryAfterMs = options.retryAfterMs;
        this.details = options.details ?? {};
    }
    get kind() {
        return FAILURE_KINDS[this.code];
    }
}
/** Total: whatever was thrown has a kind. What nobody classified is transient, and bounded by the retry budget. */
export function kindOf(thrown) {
    return thrown instanceof Failure ? thrown.kind : "transient";
}
/** The message of anything that can be thrown. Total: also of an error whose fields throw when they are read. */
export function messageOf(thrown) {
    try {
        return thrown instanceof Error ? String(thrown.message) : String(thrown);
    }
    catch {
        return "a value that cannot be shown was thrown";
    }
}
