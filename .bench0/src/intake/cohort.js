import { hashText } from "./hash.js";
import { subjectOf } from "./subject.js";
/** Whose records are another reading's: a vehicle, or who has none, is always or never in it. */
export function cohortOf(feed, share) {
    const hash = { low: 0, high: 0 };
    const known = new Map();
    return (item) => {
        const who = whoOf(item);
        if (who === undefined)
            return false;
        let isIn = known.get(who);
        if (isIn === undefined) {
            hashText(`${feed}/${who}`, hash);
            isIn = hash.low < share * 0x1_0000_0000;
            known.set(who, isIn);
        }
        return isIn;
    };
}
/**
 * The frame as one reading has it, with what another has of those who are in the cohort. Who the other reading does not have
 * stays, and whom only the other has is left out: under another name it could be somebody who is there already. Items that
 * cannot be read are those of the first, as nobody knows whose they are.
 */
export function mixed(current, candidate, isIn) {
    const ours = namesOf(current, isIn);
    const theirs = namesOf(candidate, isIn);
    const items = current.items.filter((item) => {
        const name = item.kind === "rejection" || !isIn(item) ? undefined : nameOf(item);
        return name === undefined || !theirs.has(name);
    });
    const first = items.length;
    for (const item of candidate.items) {
        if (item.kind === "rejection" || !isIn(item))
            continue;
        const name = nameOf(item);
        if (name !== undefined && ours.has(name))
            items.push(item);
    }
    return { decoded: { ...current, items }, isTheirs: (index) => index >= first };
}
function namesOf({ items }, isIn) {
    const names = new Set();
    for (const item of items) {
        const name = item.kind === "rejection" || !isIn(item) ? undefined : nameOf(item);
        if (name !== undefined)
            names.add(name);
    }
    return names;
}
function nameOf(item) {
    const subject = subjectOf(item);
    return subject === undefined ? undefined : `${item.kind} ${subject}`;
}
function whoOf(item) {
    const vehicle = item.kind === "service_alert" || item.kind === "detour" ? undefined : item.vehicleId;
    return vehicle || subjectOf(item);
}
