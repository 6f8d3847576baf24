import { isGuardFlag, PostingSheet, sinkStep } from "../log/ledger.js";
import { formatRanges, parseRanges, unpackReceipts } from "../log/receipt-pack.js";
import { RecordPackBuilder, unpackRecords } from "../log/record-pack.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
import { candidateOrigin, decoderOf, letterOf, originOf } from "./interpret.js";
import { meaningOf } from "./meaning.js";
import { readChosen } from "./reading.js";
export const NO_REDECODE_COUNTS = {
    frames: 0,
    unchanged: 0,
    revised: 0,
    added: 0,
    vanished: 0,
    ignored: 0,
    refused: 0,
};
export function addCounts(a, b) {
    const sum = (name) => a[name] + b[name];
    return {
        frames: sum("frames"),
        unchanged: sum("unchanged"),
        revised: sum("revised"),
        added: sum("added"),
        vanished: sum("vanished"),
        ignored: sum("ignored"),
        refused: sum("refused"),
    };
}
/** Minutes around that of a frame in which the same report may have come, where the dedupe window has forgotten it. */
const NEAR_MINUTES = 5;
const MINUTES_CACHED = 24;
/** What the log holds of past frames, a minute of a feed at a time; the last few are remembered. */
export class PastFrames {
    #log;
    #readmitter;
    #minutes = new Map();
    constructor(log, readmitter) {
        this.#log = log;
        this.#readmitter = readmitter;
    }
    /** Something of this feed was appended: what is remembered of it may be old. */
    forget() {
        this.#minutes.clear();
    }
    /** Which of these have an open letter by now: what was read since is settled a while later. */
    async openAmong(letters) {
        const open = new Set();
        const minutes = new Map(letters.map((one) => [`${minuteOf(one)}|${one.feed}`, one]));
        for (const one of minutes.values()) {
            for (const pack of await this.#log.packsOfMinute("dead-letters", one.feed, minuteOf(one))) {
                const { partition, firstOffset: offset, count: limit } = pack;
                const page = await this.#log.letters({ from: { partition, offset }, limit });
                for (const { letter } of page.letters)
                    if (!letter.stage.startsWith("sink:"))
                        open.add(itemOf(letter));
            }
        }
        return (letter) => open.has(itemOf(letter));
    }
    async before(frame) {
        const minute = Math.floor(frame.receivedTime / MINUTE_MS);
        const mine = await this.#minute(frame.feed, minute);
        const near = new Map();
        for (let at = minute - NEAR_MINUTES; at <= minute + NEAR_MINUTES; at++) {
            for (const [id, known] of (await this.#minute(frame.feed, at)).all) {
                const other = near.get(id);
                if (other === undefined)
                    near.set(id, known);
                else {
                    const { upstream } = other.revision >= known.revision ? other : known;
                    const contents = new Set([...other.contents, ...known.contents]);
                    near.set(id, { revision: Math.max(other.revision, known.revision), upstream, contents });
                }
            }
        }
        const receipt = mine.receipts.get(placeOf(frame));
        return {
            own: mine.byFrame.get(placeOf(frame)) ?? new Map(),
            near,
            duplicates: new Set(parseRanges(receipt?.duplicates ?? "")),
            ...(mine.guarded.get(placeOf(frame)) ?? { guarded: NONE }),
            items: receipt?.items,
            last: mine.last.get(placeOf(frame)),
        };
    }
    #minute(feed, minute) {
        const key = `${minute}|${feed}`;
        const known = this.#minutes.get(key);
        if (known !== undefined)
            return known;
        const read = this.#read(feed, minute);
        this.#minutes.set(key, read);
        for (const oldest of this.#minutes.keys()) {
            if (this.#minutes.size <= MINUTES_CACHED)
                break;
            this.#minutes.delete(oldest);
        }
        return read;
    }
    async #read(feed, minute) {
        const [records, receipts, letters] = await Promise.all([
            this.#log.packsOfMinute("records", feed, minute),
            this.#log.packsOfMinute("receipts", feed, minute),
            this.#log.packsOfMinute("dead-letters", feed, minute),
        ]);
        const read = {
            all: new Map(),
            byFrame: new Map(),
            receipts: new Map(),
            last: new Map(),
            guarded: guardedIn(letters),
        };
        for (const { record } of records.flatMap((pack) => unpackRecords(pack))) {
            const identity = this.#readmitter.identify(record);
            if (identity === undefined)
                continue;
            const place = `${record.origin.partition}/${record.origin.offset}`;
            const own = read.byFrame.get(place) ?? new Map();
            read.byFrame.set(place, own);
            for (const map of [read.all, own]) {
                const known = map.get(identity.id) ?? {
                    revision: record.revision,
                    upstream: record.origin.upstream & 0xff,
                    contents: new Set(),
                };
                map.set(identity.id, known);
                if (record.revision >= known.revision)
                    known.newest = { content: identity.content, decoder: record.origin.decoder };
                known.revision = Math.max(known.revision, record.revision);
                known.contents.add(identity.content);
                if (record.flags.some(isGuardFlag))
                    known.guarded ??= record;
            }
        }
        for (const pack of [...receipts].sort((a, b) => a.firstOffset - b.firstOffset)) {
            for (const receipt of unpackReceipts(pack)) {
                const place = `${pack.partition}/${receipt.frame}`;
                const { items, deadLetters, frameDeadLetter: isUnreadable } = receipt;
                read.last.set(place, { items, isUnreadable, refused: new Set(parseRanges(deadLetters)) });
                if (receipt.redecoded === undefined)
                    read.receipts.set(place, receipt);
            }
        }
        return read;
    }
}
const NONE = new Set();
function minuteOf({ receivedTime }) {
    return Math.floor(receivedTime / MINUTE_MS);
}
function itemOf({ frame, index }) {
    return `${frame.partition}/${frame.offset}/${index ?? "whole"}`;
}
/** By partition, feed and minute. */
function packsOf(letters) {
    const groups = new Map();
    for (const one of letters) {
        const key = `${one.frame.partition}|${minuteOf(one)}|${one.feed}`;
        const rows = groups.get(key) ?? [];
        groups.set(key, rows);
        rows.push(one);
    }
    return [...groups.values()].map((rows) => {
        const [first] = rows;
        const { frame, feed } = first;
        const where = {
            topic: "dead-letters",
            partition: frame.partition,
            feed,
            minute: minuteOf(first),
        };
        return { ...where, count: rows.length, head: "{}", body: JSON.stringify(rows) };
    });
}
function reasonOf(item, index, { personal }) {
    const { code, message } = item;
    const sample = item instanceof Failure ? undefined : personal.sample(item.sample);
    return { code, message, index, ...(sample !== undefined && { sample }) };
}
function guardedIn(packs) {
    const found = new Map();
    for (const pack of packs) {
        const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
        for (const { code, frame, index, decoder } of JSON.parse(text)) {
            const place = `${frame.partition}/${frame.offset}`;
            if (code === "decode.killed")
                found.set(place, { guarded: "all", guardedBy: undefined });
            if (code === "upstream.implausible")
                found.set(place, { guarded: "all", guardedBy: decoder });
            if (code !== "record.implausible" || index === undefined)
                continue;
            const one = found.get(place) ?? { guarded: new Set(), guardedBy: decoder };
            if (one.guarded !== "all")
                one.guarded.add(index);
            found.set(place, one);
        }
    }
    return found;
}
function placeOf({ partition, offset }) {
    return `${partition}/${offset}`;
}
/** Collects what frames give that are decoded again, until one commit carries it. Nothing is remembered before. */
export class RedecodeBatch {
    #readmitter;
    #sheet = new PostingSheet();
    #packs = new Map();
    #receipts = [];
    #fresh = new Map();
    #now;
    appended = [];
    frames = [];
    /** Dead letters of what can no longer be read, some of which may be open already. */
    letters = [];
    counts = NO_REDECODE_COUNTS;
    /** Of some frame other items can be read than the last time. */
    isReadOtherwise = false;
    constructor(readmitter, now) {
        this.#readmitter = readmitter;
        this.#now = now;
    }
    add(frame, reader, before) {
        const { guardedBy = decoderOf(frame, reader) } = before;
        const guarded = guardedBy === decoderOf(frame, reader) ? before.guarded : NONE;
        const isJudged = guarded === "all";
        const { decoded, isTheirs } = isJudged
            ? { decoded: { items: [] } }
            : readChosen(reader, frame, true);
        const minute = Math.floor(frame.receivedTime / MINUTE_MS);
        const origin = originOf(frame, reader, decoded);
        const theirs = isTheirs && candidateOrigin(origin, reader);
        const tally = { unchanged: 0, revised: 0, added: 0, ignored: 0, refused: 0 };
        const refused = new Set();
        const reasons = [];
        const given = new Set();
        const known = before.items === decoded.items.length ? before : { ...before, duplicates: new Set() };
        decoded.items.forEach((item, index) => {
            const isGuarded = guarded !== "all" && guarded.has(index);
            const { personal, ids } = reader;
            const observation = item.kind === "rejection" || isGuarded
                ? item
                : meaningOf(item, index, { personal, ids }, frame.receivedTime);
            const isUnread = observation instanceof Failure || observation.kind === "rejection";
            if (isUnread && !isGuarded)
                reasons.push(reasonOf(observation, index, reader));
            if (isUnread || isGuarded) {
                refused.add(index);
                tally.refused++;
                return;
            }
            const operatorId = reader.personal.operatorId(observation);
            const from = theirs && isTheirs?.(index) ? theirs : origin;
            const one = this.#readmitter.readmit(observation, index, from, operatorId, known, this.#fresh);
            tally[one.outcome]++;
            if (one.outcome === "refused") {
                refused.add(index);
                const message = `A ${observation.kind} names no vehicle, trip or label, or one of more than 200 characters`;
                reasons.push({ code: "record.no_subject", message, index });
            }
            else
                given.add(one.id);
            if (one.outcome === "revised" || one.outcome === "added")
                this.#append(one, reader, minute);
        });
        const isUnreadable = decoded.failure !== undefined || isJudged;
        // What cannot be read at all says nothing of what it gave when it could.
        const lost = isUnreadable ? 0 : [...before.own.keys()].filter((id) => !given.has(id)).length;
        const counts = { ...tally, vanished: lost };
        this.counts = addCounts(this.counts, { frames: 1, ...counts });
        const { partition } = frame;
        if (decoded.failure !== undefined)
            reasons.unshift(decoded.failure);
        if (!isJudged)
            this.#tellUnread(reasons, decoded.items.length, before.last, origin);
        this.#sheet.add("redecode", reader.feed, partition, minute, "in", decoded.items.length + lost);
        for (const [outcome, count] of Object.entries(counts)) {
            this.#sheet.add("redecode", reader.feed, partition, minute, outcome, count);
        }
        const receipt = {
            frame: frame.offset,
            items: decoded.items.length,
            duplicates: "",
            deadLetters: formatRanges([...refused]),
            ignored: "",
            frameDeadLetter: isUnreadable,
            redecoded: counts,
        };
        const where = { topic: "receipts", partition, feed: reader.feed, minute };
        this.#receipts.push({ ...where, count: 1, head: "{}", body: JSON.stringify([receipt]) });
        this.frames.push({ frame, isUnreadable, refused });
    }
    /** `isOpen`: letters of which nothing more need be said. */
    finish(isOpen) {
        const records = [...this.#packs.values()].map(({ pack, revised, added }) => {
            const finished = pack.finish();
            return {
                ...finished,
                head: JSON.stringify({ ...JSON.parse(finished.head), redecoded: { revised, added } }),
            };
        });
        return {
            append: [...records, ...this.#receipts, ...packsOf(this.letters.filter((one) => !isOpen(one)))],
            ledger: this.#sheet.take(),
        };
    }
    /**
     * What could be read the last time and can no longer is a dead letter: the one that it may have had was settled when it
     * could. What it gave meanwhile stays in the log, under the name of what read it.
     */
    #tellUnread(reasons, items, last, origin) {
        if (last === undefined)
            return;
        const had = ({ index }) => index === undefined ? last.isUnreadable : last.items === items && last.refused.has(index);
        const news = reasons.filter((reason) => !had(reason));
        const before = last.refused.size + (last.isUnreadable ? 1 : 0);
        this.isReadOtherwise ||= news.length > 0 || reasons.length !== before;
        for (const { code, message, sample, index } of news)
            this.letters.push({
                ...letterOf(origin, this.#now),
                stage: "redecode",
                code,
                message,
                ...(sample !== undefined && { sample }),
                ...(index !== undefined && { index }),
            });
    }
    #append(one, reader, minute) {
        const { record, body, partition, id, hashes } = one;
        const key = `${partition}|${minute}|${reader.feed}`;
        const open = this.#packs.get(key) ?? {
            pack: new RecordPackBuilder(partition, reader.feed, minute),
            revised: 0,
            added: 0,
        };
        this.#packs.set(key, open);
        open.pack.add(record, body);
        if (one.outcome === "revised")
            open.revised++;
        else
            open.added++;
        for (const sink of reader.sinks)
            this.#sheet.add(sinkStep(sink), reader.feed, partition, minute, "in", 1);
        const content = `${hashes.content.low}/${hashes.content.high}`;
        const upstream = record.origin.upstream & 0xff;
        const contents = new Set([...(this.#fresh.get(id)?.contents ?? []), content]);
        this.#fresh.set(id, { revision: record.revision, upstream, contents });
        this.appended.push(one);
    }
}
