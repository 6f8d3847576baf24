import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { isAutomatic } from "./automatic.js";
import { applyEdits } from "./edits.js";
import { remember } from "./memory.js";
import { propose } from "./propose.js";
export const HEAL_DEFAULT = Object.freeze({ mode: "propose", confidence: 0.9, vehiclesMin: 10 });
const GOOD_FRAMES = 6;
/** Within so many frames what matters is noticed (docs/quality.md). */
const RECENT_FRAMES = 3;
const BAD_FRAMES = 5;
const BAD_FRAMES_MIN = 3;
/** Frames that come faster say little more: vehicles have hardly moved. */
const APART_MS = 10 * SECOND_MS;
/** What is remembered of one upstream. */
const BYTES_MAX = 4 * 1024 * 1024;
const VEHICLES_MIN = 5;
const HEALS_MAX = 50;
/** A trouble for which nothing was found in so long is what is normal from now on. */
const GIVE_UP_MS = 30 * MINUTE_MS;
/**
 * Remembers what good frames of one upstream were like; when frames are no longer so, looks for edits that make them so
 * again; and applies those that were accepted, from the first frame on that needs them.
 */
export class FeedHealer {
    config;
    #version;
    #heals = [];
    /** Accepted, in order: what one of them made is what the next one reads. */
    #active = [];
    #good = [];
    /** Seemed good, and what is wrong with a frame may be noticed some frames later. */
    #recent = [];
    /** The recent ones, from the first bad frame on. */
    #doubted = [];
    #bad = [];
    #first;
    #isOther = false;
    #hasLooked = 0;
    constructor(config, version) {
        this.config = config;
        this.#version = version;
    }
    /** The newest first. */
    get heals() {
        return [...this.#heals].reverse();
    }
    /** What is added to the name of decoder and contract of a frame whose payload is edited: `+h1+h3`. */
    revisionAt(offset) {
        if (this.#active.length === 0)
            return "";
        return this.#active
            .filter(({ fromOffset }) => offset >= fromOffset)
            .map(({ id }) => `+h${id}`)
            .join("");
    }
    /** The payload as it was before upstream changed it. What edits cannot read is left to the decoder. */
    mended({ bytes, offset, receivedTime }) {
        let mended = bytes;
        for (const { repair, fromOffset } of this.#active) {
            if (offset < fromOffset)
                continue;
            mended = applyEdits(mended, repair.edits, formatOf(mended), receivedTime) ?? mended;
        }
        return mended;
    }
    /** Takes note of a frame as it was read. `isOdd`: guards hold of the fleet, or its payload has another shape. */
    look(frame, decoded, isOdd, isNewShape) {
        if (this.config.mode === "off" || !isText(frame.bytes))
            return;
        if (isNewShape)
            this.#isOther = true;
        const items = decoded.items.map((item) => (item.kind === "vehicle_location" ? item : undefined));
        const read = items.filter((item) => item !== undefined).length;
        const isBad = decoded.failure !== undefined || isOdd || decoded.items.some(({ kind }) => kind === "rejection");
        if (isBad || this.#isOther)
            this.#takeBad(frame);
        else if (read >= VEHICLES_MIN)
            this.#takeGood(frame, items);
    }
    /** Looks for what would put frames right, when there is reason to. Costs time: call it beside the work, now and then. */
    consider(now) {
        if (this.#first === undefined || this.#bad.length < BAD_FRAMES_MIN)
            return [];
        if (this.#hasLooked >= BAD_FRAMES) {
            if (now - this.#first.receivedTime > GIVE_UP_MS)
                this.#forget();
            return [];
        }
        if (this.#hasLooked >= this.#bad.length)
            return [];
        this.#hasLooked = this.#bad.length;
        const memory = remember(this.#good);
        if (memory === undefined)
            return [];
        const repairs = propose(memory, this.#bad.map((frame) => this.#payload(frame)));
        const { offset: fromOffset, receivedTime: fromTime } = this.#firstOf(memory, repairs);
        const known = this.#heals.filter((one) => one.fromOffset === fromOffset && one.state !== "ended");
        const isKnown = (repair) => known.some((one) => JSON.stringify(one.repair.edits) === JSON.stringify(repair.edits));
        if (repairs.length === 0 || repairs.every(isKnown))
            return [];
        // More frames say it better than fewer: what nobody has decided on gives way.
        this.#heals = this.#heals.filter((one) => one.state !== "proposed" || one.fromOffset !== fromOffset);
        let id = this.#heals.reduce((most, one) => Math.max(most, one.id), 0);
        const made = repairs.map((repair, at) => ({
            id: ++id,
            state: "proposed",
            repair,
            rank: at + 1,
            fromOffset,
            fromTime,
            proposedTime: now,
        }));
        this.#heals = [...this.#heals, ...made].slice(-HEALS_MAX);
        return made;
    }
    /** The first frame that the repair is for: one that seemed good and needs just the same is one of them. */
    #firstOf(memory, [repair]) {
        let first = this.#first;
        const edits = JSON.stringify(repair?.edits);
        for (const frame of [...this.#doubted].reverse()) {
            const [own] = repair === undefined ? [] : propose(memory, [this.#payload(frame)]);
            if (JSON.stringify(own?.edits) !== edits)
                break;
            first = frame;
        }
        return first;
    }
    #payload(frame) {
        const { offset, receivedTime } = frame;
        return { name: `${offset}`, bytes: this.mended(frame), receivedTime };
    }
    /** The one of these that may be accepted without a person; undefined: none, or the configuration wants a person. */
    automatic(made) {
        const [first] = made;
        if (this.config.mode !== "auto" || first === undefined || this.#hasLooked < BAD_FRAMES_MIN)
            return undefined;
        const repairs = made.map(({ repair }) => repair);
        return isAutomatic(first.repair, repairs, this.config) ? first : undefined;
    }
    /** Answers the heal as it is now; undefined where there is none of that id, or it is in no state for that. */
    decide(id, to, by, now) {
        const found = this.#heals.find((one) => one.id === id);
        const needs = to === "rolled_back" ? ["accepted"] : ["proposed", "rejected", "rolled_back"];
        if (found === undefined ||
            !needs.includes(found.state) ||
            (to === "rejected" && found.state !== "proposed"))
            return undefined;
        const decided = { ...found, state: to, decidedTime: now, decidedBy: by };
        const isRival = (one) => to === "accepted" && one.state === "proposed" && one.fromOffset === found.fromOffset;
        this.#heals = this.#heals.map((one) => one.id === id
            ? decided
            : isRival(one)
                ? { ...one, state: "rejected", decidedTime: now, decidedBy: by }
                : one);
        this.#activate();
        if (to !== "rejected")
            this.#forget();
        return decided;
    }
    /** What to store. */
    sealed() {
        return JSON.stringify({ version: this.#version, heals: this.#heals });
    }
    /** A configuration that has changed since reads payloads as they are sent now: edits for the old one have ended. */
    restore(text) {
        const { version, heals } = JSON.parse(text);
        const isSame = version === this.#version;
        const end = (one) => isSame || (one.state !== "accepted" && one.state !== "proposed") ? one : { ...one, state: "ended" };
        this.#heals = heals.map(end);
        this.#activate();
    }
    #activate() {
        this.#active = this.#heals
            .filter(({ state }) => state === "accepted")
            .sort((a, b) => a.fromOffset - b.fromOffset || a.id - b.id);
    }
    /** What was good before a decision is no measure of what is read after it. */
    #forget() {
        this.#good = [];
        this.#recent = [];
        this.#doubted = [];
        this.#bad = [];
        this.#first = undefined;
        this.#isOther = false;
        this.#hasLooked = 0;
    }
    #takeBad(frame) {
        if (this.#first === undefined) {
            this.#first = frame;
            this.#doubted = this.#recent;
            this.#recent = [];
        }
        const last = this.#bad.at(-1);
        if (this.#bad.length >= BAD_FRAMES)
            return;
        if (last !== undefined && frame.receivedTime - last.receivedTime < APART_MS / 2)
            return;
        this.#bad.push(frame);
    }
    #takeGood(frame, items) {
        // One bad answer between good ones was a bad answer.
        if (this.#first !== undefined) {
            this.#bad = [];
            this.#first = undefined;
            this.#doubted = [];
            this.#hasLooked = 0;
        }
        const last = this.#recent.at(-1);
        if (last !== undefined && frame.receivedTime - last.receivedTime < APART_MS)
            return;
        const { offset, receivedTime } = frame;
        this.#recent.push({ offset, receivedTime, bytes: this.mended(frame), items });
        if (this.#recent.length <= RECENT_FRAMES)
            return;
        this.#good.push(this.#recent.shift());
        let bytes = this.#good.reduce((sum, one) => sum + one.bytes.length, 0);
        while (this.#good.length > GOOD_FRAMES || (bytes > BYTES_MAX && this.#good.length > 0))
            bytes -= this.#good.shift()?.bytes.length ?? 0;
    }
}
/** Binary formats say in their own schema what a field is; text is what changes without notice. */
function isText(bytes) {
    const end = Math.min(bytes.length, 64);
    for (let at = 0; at < end; at++) {
        const byte = bytes[at];
        if (byte < 9 || (byte > 13 && byte < 32))
            return false;
    }
    return end > 0;
}
function formatOf(bytes) {
    for (const byte of bytes) {
        if (byte === 0xef || byte === 0xbb || byte === 0xbf || byte <= 32)
            continue;
        return byte === 0x7b || byte === 0x5b ? "json" : "csv";
    }
    return "csv";
}
