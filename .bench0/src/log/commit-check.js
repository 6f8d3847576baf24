import { Failure } from "../model/failure.js";
import { TOPICS } from "./log.js";
/** No pack may be larger: SQLite refuses a value of 1 GB, and one refused row must not spoil the commits that share its sync. */
export const PACK_BYTES_MAX = 256 * 1024 * 1024;
const PARTITIONS_MAX = 64;
/** Offsets share a 53-bit row number with the partition; at a million entries a second they last half a year short of 600 years. */
export const OFFSET_MAX = 2 ** 44 - 1;
export function checkPartitions(partitions) {
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
        throw new Failure("config.invalid", `A log cannot have ${partitions} partitions; choose a whole number from 1 to ${PARTITIONS_MAX}`);
    }
    return partitions;
}
/** Throws `bug` where a commit could not be stored as it stands, before anything of it is written. */
export function checkCommit(commit, partitions) {
    for (const pack of commit.append ?? [])
        checkPack(pack, partitions);
    for (const { subscription, next } of commit.consumed ?? []) {
        checkName("subscription", subscription);
        checkPosition(next, partitions);
    }
    for (const { name } of commit.state ?? []) {
        checkName("state", name);
    }
    for (const posting of commit.ledger ?? []) {
        checkName("feed", posting.feed);
        if (!Number.isSafeInteger(posting.count) || !Number.isSafeInteger(posting.minute)) {
            throw new Failure("bug", `The posting ${posting.step}/${posting.feed}/${posting.outcome} has count ${posting.count} ` +
                `and minute ${posting.minute}; both must be whole numbers`);
        }
    }
    if (commit.fence && !Number.isSafeInteger(commit.fence.epoch)) {
        throw new Failure("bug", `The fence of ${commit.fence.owner} has the epoch ${commit.fence.epoch}`);
    }
}
export function checkPosition(position, partitions) {
    checkStream(position.topic, position.partition, partitions);
    if (!Number.isInteger(position.offset) || position.offset < 0 || position.offset > OFFSET_MAX) {
        throw new Failure("bug", `${position.topic}/${position.partition} has no offset ${position.offset}`);
    }
}
function checkPack(pack, partitions) {
    checkStream(pack.topic, pack.partition, partitions);
    const where = `A pack for ${pack.topic}/${pack.partition} of feed ${pack.feed}`;
    if (!Number.isInteger(pack.count) || pack.count < 1) {
        throw new Failure("bug", `${where} says that it holds ${pack.count} entries; it must hold one or more`);
    }
    if (pack.topic === "frames" && typeof pack.body === "string") {
        throw new Failure("bug", `${where} has text for a body; frames are bytes`);
    }
    if (!Number.isSafeInteger(pack.minute))
        throw new Failure("bug", `${where} has the minute ${pack.minute}`);
    checkName("feed", pack.feed);
    // JSON text never holds a bare NUL, and SQLite would cut the text there.
    if (pack.head.includes("\0") || (typeof pack.body === "string" && pack.body.includes("\0"))) {
        throw new Failure("bug", `${where} holds a NUL character, which JSON text cannot`);
    }
    if (packBytes(pack) > PACK_BYTES_MAX) {
        throw new Failure("bug", `${where} has ${packBytes(pack)} bytes; the limit is ${PACK_BYTES_MAX}`);
    }
}
function checkName(what, name) {
    if (name === "" || name.includes("\0")) {
        throw new Failure("bug", `A commit has the ${what} name ${JSON.stringify(name)}; it needs one without NUL`);
    }
}
function checkStream(topic, partition, partitions) {
    if (!TOPICS.includes(topic))
        throw new Failure("bug", `There is no topic ${topic}`);
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
        throw new Failure("bug", `Topic ${topic} has no partition ${partition}; it has ${partitions}`);
    }
}
/** The size of a pack for limits, retention and usage: head and body as bytes, before encryption. */
export function packBytes(pack) {
    const body = typeof pack.body === "string" ? Buffer.byteLength(pack.body) : pack.body.byteLength;
    return Buffer.byteLength(pack.head) + body;
}
/** What a commit that would move a cursor back is told. Going back is an operator's act (`seek`). */
export function cursorBack(subscription, next, present) {
    return new Failure("bug", `${subscription} has read ${next.topic}/${next.partition} up to ${present} and cannot go back to ` +
        `${next.offset}; read the cursor again after a failed commit, or seek when an operator means it`);
}
/** What a commit is told that accounts for something that retention has removed, and posted, meanwhile. */
export function overtaken(subscription, next, since, start) {
    return new Failure("store.overtaken", `Retention has removed ${next.topic}/${next.partition} up to ${start}, and ${subscription} accounts for what ` +
        `follows ${since}; read the cursor and the bounds again`);
}
export function fenced(owner, epoch, present) {
    return new Failure("store.fenced", `${owner} was taken over: its epoch is ${present}, and this commit came from epoch ${epoch}`);
}
