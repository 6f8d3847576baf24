import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { readItemList, SWEEP_META } from "../sources/source.js";
import { canBeRemoved } from "./subject.js";
export const NOT_REMOVED = Number.NEGATIVE_INFINITY;
/** Below this many keys of a kind it is normal that most of them leave at a time. */
const DOUBT_KEYS_MIN = 10;
/** A sweep that lacks more than this share of the keys of a kind is doubted ... */
const DOUBT_SHARE = 0.5;
/**
 * ... until so many sweeps in a row, over so long a time, lack as much. A restart of upstream's server takes a minute or
 * two, and after two minutes without news riders see a position as stale anyway: waiting so long costs nothing.
 */
const DOUBT_SWEEPS = 3;
const DOUBT_MS = 2 * MINUTE_MS;
/** Sweeps in a row that must lack a key, when the configuration does not say. docs/intake.md has the measurement. */
export const REMOVE_AFTER_DEFAULT = 2;
/** How often an upstream that is not polled is expected to say something. */
const PACE_DEFAULT_MS = 30 * SECOND_MS;
/** Undefined for a frame that is a message by itself. */
export function sweepPartOf(meta, isGood) {
    const id = meta?.[SWEEP_META.id];
    if (id === undefined)
        return undefined;
    const call = Number(meta?.[SWEEP_META.call]);
    const items = meta?.[SWEEP_META.items];
    const lacking = meta?.[SWEEP_META.lacking];
    return {
        id,
        call,
        isLast: meta?.[SWEEP_META.complete] === "true" || lacking !== undefined,
        isGood,
        items: items === undefined ? undefined : readItemList(items),
        lacking: lacking === undefined ? [] : readItemList(lacking),
    };
}
const NOTHING = Object.freeze({ gone: [], notes: [] });
/**
 * One upstream of a feed as the one who reports: the keys that it reported last and that are there, and its complete
 * sweeps. A key is only its own to remove while nobody else has reported it since. Follows from records and frames alone.
 */
export class Reporter {
    feed;
    upstream;
    present = new Set();
    paceMs = PACE_DEFAULT_MS;
    /** Asked for answers that give no frame, such as "not modified". */
    lastAnswerTime;
    /** Receipt of the newest frame that could be read. */
    lastFrameTime = Number.NEGATIVE_INFINITY;
    /** What `json` gives has changed since it was taken last. */
    isChanged = false;
    #sweepTime = Number.NEGATIVE_INFINITY;
    #doubts = new Map();
    /** The message of several frames that is being read. */
    #partsId;
    /** Its first frame; infinite when nobody knows what it lacks, or a frame may have been read by an earlier process. */
    #firstFrame = Number.POSITIVE_INFINITY;
    /** What of it was not told: items of calls that failed, and of frames that could not be read. */
    #lacking = new Set();
    /** What the call of a frame asked for, of frames that listed a key last. */
    #itemsOf = new Map();
    constructor(feed, upstream) {
        this.feed = feed;
        this.upstream = upstream;
    }
    /** A report of the key was appended. */
    hold(mark, receivedTime, resolutionMs) {
        if (mark.missed > 0 && mark.reporter !== undefined)
            mark.reporter.isChanged = true;
        if (mark.reporter !== this || mark.removedTime !== NOT_REMOVED) {
            mark.reporter?.present.delete(mark);
            mark.reporter = this;
            mark.sinceFrame = mark.frame;
            if (canBeRemoved(mark.kind))
                this.present.add(mark);
        }
        mark.removedTime = NOT_REMOVED;
        mark.toldTime = receivedTime;
        mark.seenTime = receivedTime;
        mark.resolutionMs = resolutionMs;
        mark.missed = 0;
        mark.missedForSure = 0;
    }
    /** A removal of the key was appended. */
    release(mark, removedTime) {
        this.present.delete(mark);
        mark.reporter = this;
        mark.removedTime = removedTime;
        mark.missed = 0;
        mark.missedForSure = 0;
    }
    /** A frame of a message that came in several; each is followed, after its items were admitted. */
    follow(frame, { id, call, isGood, items, lacking }) {
        if (id !== this.#partsId) {
            const isFirst = call === 1 || this.#partsId !== undefined;
            this.#firstFrame = isFirst ? frame : Number.POSITIVE_INFINITY;
            this.#partsId = id;
            this.#lacking.clear();
            this.#forgetItems();
        }
        if (items !== undefined)
            this.#itemsOf.set(frame, items);
        for (const item of lacking)
            this.#lacking.add(item);
        if (isGood)
            return;
        if (items === undefined)
            this.#firstFrame = Number.POSITIVE_INFINITY;
        else
            for (const item of items)
                this.#lacking.add(item);
    }
    /** What frames asked for matters while a key was listed by them last. */
    #forgetItems() {
        const used = new Set();
        for (const mark of this.present)
            used.add(mark.frame);
        for (const frame of this.#itemsOf.keys())
            if (!used.has(frame))
                this.#itemsOf.delete(frame);
    }
    /** Whether the sweep would have listed the key: what was asked for when it was listed last was told this time too. */
    #isAsked(mark) {
        if (this.#lacking.size === 0)
            return true;
        const items = this.#itemsOf.get(mark.frame);
        return items !== undefined && !items.some((item) => this.#lacking.has(item));
    }
    /**
     * Looks through the keys that are there after all items of the complete message were admitted. A message that is not
     * newer than the newest one says nothing: it is late, or frozen. Of keys that it did not ask for it says nothing either.
     *
     * @param removeAfter so many sweeps in a row must lack a key.
     * @param isInParts the message came in several frames, and this is the last one.
     */
    sweep(frame, time, removeAfter, isInParts = false) {
        const firstFrame = isInParts ? this.#firstFrame : frame;
        if (time <= this.#sweepTime || firstFrame > frame)
            return NOTHING;
        this.#sweepTime = time;
        this.isChanged = true;
        const tallies = this.#count(firstFrame, isInParts);
        const isEmpty = [...tallies.values()].every(({ listed }) => listed === 0);
        const notes = [];
        for (const [kind, tally] of tallies)
            this.#judge(kind, tally, time, isEmpty, notes);
        const gone = [];
        for (const mark of this.present) {
            const missedMax = tallies.get(mark.kind)?.missedMax;
            if (mark.frame >= firstFrame || missedMax === undefined || (isInParts && !this.#isAsked(mark)))
                continue;
            mark.missedForSure++;
            if (mark.missedForSure >= removeAfter || mark.missed >= missedMax)
                gone.push(mark);
        }
        return gone.length === 0 && notes.length === 0 ? NOTHING : { gone, notes };
    }
    /** No answer within twice the expected pace, or answers that for as long have not listed a key which it reported last. */
    isSilentOn(mark, now) {
        const withinMs = 2 * this.paceMs;
        const answered = Math.max(this.lastFrameTime, this.lastAnswerTime?.() ?? Number.NEGATIVE_INFINITY);
        if (now - answered > withinMs)
            return true;
        return this.lastFrameTime - mark.seenTime > withinMs + mark.resolutionMs;
    }
    /** As of now; `restore` takes it once the keys are back. */
    json() {
        this.isChanged = false;
        const missing = [];
        for (const { kind, key, subject, missed, missedForSure } of this.present) {
            if (missed === 0)
                continue;
            missing.push([spaceOf(kind, key.slice(0, -subject.length - 1)), subject, missed, missedForSure]);
        }
        return { sweepTime: this.#sweepTime, doubts: [...this.#doubts], missing };
    }
    restore(json, find) {
        this.#sweepTime = json.sweepTime;
        this.#doubts = new Map(json.doubts);
        for (const [space, subject, missed, missedForSure] of json.missing) {
            const mark = find(space, subject);
            if (mark === undefined || !this.present.has(mark))
                continue;
            mark.missed = missed;
            mark.missedForSure = missedForSure;
        }
    }
    #count(firstFrame, isInParts) {
        const tallies = new Map();
        for (const mark of this.present) {
            if (isInParts && mark.frame < firstFrame && !this.#isAsked(mark))
                continue;
            let tally = tallies.get(mark.kind);
            if (tally === undefined) {
                tally = { here: 0, lacking: 0, listed: 0, missedMax: undefined };
                tallies.set(mark.kind, tally);
            }
            if (mark.sinceFrame < firstFrame)
                tally.here++;
            if (mark.frame >= firstFrame) {
                tally.listed++;
                mark.missed = 0;
                mark.missedForSure = 0;
            }
            else {
                mark.missed++;
                tally.lacking++;
            }
        }
        return tallies;
    }
    /**
     * Decides whether the sweep is believed in what it lacks of a kind. A message without a single key of it may have been
     * about other kinds: that is normal where vehicles and trip updates are pushed to one upstream, and nobody is told.
     */
    #judge(kind, tally, time, isEmpty, notes) {
        const { here, lacking, listed } = tally;
        const isMost = here >= DOUBT_KEYS_MIN && lacking > here * DOUBT_SHARE;
        const before = this.#doubts.get(kind);
        this.#doubts.delete(kind);
        if (!isMost && listed > 0) {
            tally.missedMax = Number.POSITIVE_INFINITY;
            if (before?.isTold !== true)
                return;
            const message = `Complete messages list most ${kind} keys again; those that lacked them removed nothing`;
            notes.push({ level: "info", message });
            return;
        }
        // The last vehicles of the night go home, and nobody has to be called for it.
        const level = here < DOUBT_KEYS_MIN ? "info" : "warn";
        const lacks = `${lacking} of ${here} ${kind} keys`;
        const sweeps = (before?.sweeps ?? 0) + 1;
        const since = before?.since ?? time;
        if (sweeps >= DOUBT_SWEEPS && time - since >= DOUBT_MS) {
            tally.missedMax = sweeps;
            const seconds = Math.round((time - since) / SECOND_MS);
            const message = `${sweeps} complete messages in a row, over ${seconds} s, lack ${lacks}: these are removed`;
            notes.push({ level, message });
            return;
        }
        const isTold = isEmpty || listed > 0 || before?.isTold === true;
        this.#doubts.set(kind, { since, sweeps, isTold });
        if (!isTold || before?.isTold === true)
            return;
        const message = `A complete message lacks ${lacks}: they are kept until ${DOUBT_SWEEPS} messages in a row, over ` +
            `${DOUBT_MS / SECOND_MS} s, lack as many`;
        notes.push({ level, message });
    }
}
/**
 * How a report stands to what another upstream of the feed told of the key: `own`: there is no other; `told`: the other
 * told it already, or is the one to tell it; `news`: the other has fallen silent, or could not know of it.
 *
 * Where times are coarse, ids do not tell reports apart: the upstream that reported the key is believed until it falls
 * silent. A preferred upstream takes the key back with the first report that happened after the other's last one came in.
 */
export function standingOf(mark, reporter, eventTime, resolutionMs, receivedTime) {
    const holder = mark.reporter;
    if (holder === undefined || holder === reporter || holder.feed !== reporter.feed)
        return "own";
    if (mark.removedTime !== NOT_REMOVED)
        return "own";
    const coarsestMs = Math.max(resolutionMs, mark.resolutionMs);
    if (coarsestMs <= SECOND_MS)
        return Math.abs(eventTime - mark.highWater) < coarsestMs ? "told" : "own";
    if (eventTime + resolutionMs <= mark.toldTime)
        return "told";
    if (holder.isSilentOn(mark, receivedTime))
        return "news";
    return reporter.upstream < holder.upstream && eventTime > mark.toldTime ? "news" : "told";
}
/** Keys are told apart by kind and agency first. */
export function spaceOf(kind, agency) {
    return `${kind}|${agency}`;
}
