import { PullForward } from "./pull-forward.js";
/**
 * Chooses the next batch from what waits: as many records to send as a batch holds, and everything between them that is
 * not to be sent. It sends more only when its first record must not overtake more than a batch holds. Pure: the same
 * stretch at the same time gives the same plan.
 */
export function planBatch(stretch, options) {
    const { offsets, records } = stretch;
    const newest = options.rules.hasLatest ? newestByKey(records, options) : undefined;
    const fateAt = (at) => fateOf(records[at], at, offsets[at], newest, options);
    const isInverted = stretch.inverted !== undefined && stretch.inverted.length > 0;
    const pull = isInverted ? new PullForward(stretch, (at) => fateAt(at) === "send") : undefined;
    const fates = [];
    const chosen = [];
    let sends = 0;
    let at = 0;
    for (; at < records.length; at++) {
        if (options.isReleased?.(records[at], at) === false)
            break;
        const fate = fateAt(at);
        if (fate === "send" && !pull?.has(at)) {
            const before = pull?.before(at) ?? [];
            if (sends > 0 && sends + before.length + 1 > options.countMax)
                break;
            pull?.take(before);
            sends += before.length + 1;
            chosen.push(at);
        }
        fates.push(fate);
    }
    const next = at < records.length ? offsets[at] : stretch.next;
    return { next, fates, send: pull?.inOrder(chosen) ?? chosen.map((place) => offsets[place]) };
}
/** The fate of one record when nothing is known of what follows it: what a stored intent leaves unsaid. */
export function fateApart(record, offset, options) {
    return fateOf(record, 0, offset, undefined, options);
}
/** Whether decay has overtaken the record. Its age counts from when it happened, but never from after its receipt. */
export function isExpired(record, maxAgeMs, now) {
    return now - Math.min(record.eventTime, record.origin.receivedTime) > maxAgeMs;
}
function fateOf(record, at, offset, newest, options) {
    if (options.isAhead?.(offset))
        return "ahead";
    const rule = options.rules.ruleOf(record);
    if (rule === undefined)
        return options.hasAccount(record, offset) ? "filtered" : "none";
    if (rule === null)
        return "filtered";
    if (rule.isLatest) {
        // A late record is older than one that was admitted before it, which was delivered, or waits before it.
        if (record.flags.includes("late"))
            return "superseded";
        if (newest !== undefined && newest.get(compactionKey(record)) !== at)
            return "superseded";
        if (isExpired(record, rule.maxAgeMs, options.now))
            return "expired";
    }
    if (rule.isStrict && options.isParked(record.key))
        return "parked";
    return "send";
}
/** For `latest`: where in the stretch the newest record of each kind and key stands. */
function newestByKey(records, { rules }) {
    const newest = new Map();
    for (let at = 0; at < records.length; at++) {
        const record = records[at];
        if (!rules.ruleOf(record)?.isLatest || record.flags.includes("late"))
            continue;
        const key = compactionKey(record);
        const before = newest.get(key);
        if (before === undefined || follows(record, records[before])) {
            newest.set(key, at);
        }
    }
    return newest;
}
/** A removal ends what stands before it and begins what stands after it, whatever the clocks of upstream say. */
function follows(record, before) {
    if (record.body.removed === true || before.body.removed === true)
        return true;
    return record.eventTime >= before.eventTime;
}
function compactionKey(record) {
    return `${record.body.kind}/${record.key}`;
}
