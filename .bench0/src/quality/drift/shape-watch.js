import { maskedPayload } from "../../formats/masking.js";
import { kindOf, readTokens } from "./tokens.js";
/** Of a payload so much is read: its beginning, its end, and a stretch somewhere else each time. */
const HEAD_BYTES = 512;
const STRETCH_BYTES = 1024;
/** What stands behind the list, as whether there is more, is always looked at: it would be missed once the list is long. */
const TAIL_BYTES = 128;
/** Small payloads are read one by one as long as that is so much of all bytes; larger ones cost less anyway. */
const SHARE = 0.5;
/** So many payloads teach what is usual. */
const LEARN_LOOKS = 8;
const LEARN = 0.15;
const ALWAYS = 0.95;
const ABSENT_LOOKS = 2;
const TOKENS_MAX = 1000;
/** Whose names are never the same has no shape. */
const NEW_MAX = 200;
const NAMED_MAX = 12;
const SAMPLE_BYTES = 240;
/**
 * Knows the shape of the payloads of one upstream: the names of fields and the types of their values, wherever in the payload
 * they stand. Reads a bounded part of each payload and decodes nothing, so that it costs a small part of decoding. Binary
 * payloads have no names: what their fields mean is watched by the guard `field_missing`.
 */
export class ShapeWatch {
    #tokens = new Map();
    #kind;
    #looks = 0;
    #news = 0;
    #credit = 0;
    #stretch = 0;
    #pending;
    #isChanged = false;
    /** Answers a change once, with the second payload that has it. */
    look(frame) {
        const { bytes } = frame;
        const cost = Math.min(bytes.length, HEAD_BYTES + STRETCH_BYTES + TAIL_BYTES);
        this.#credit = Math.min(this.#credit + bytes.length * SHARE, 4 * (HEAD_BYTES + STRETCH_BYTES));
        const isLearning = this.#looks < LEARN_LOOKS;
        if (bytes.length === 0 || this.#news > NEW_MAX)
            return undefined;
        if (!isLearning && this.#credit < cost && this.#pending === undefined)
            return undefined;
        this.#credit = Math.max(0, this.#credit - cost);
        const kind = kindOf(bytes);
        if (kind === "binary")
            return undefined;
        if (this.#kind !== kind && this.#kind !== undefined)
            this.#pend(frame, [`written as ${kind}`], 0);
        this.#kind = kind;
        this.#looks++;
        const fresh = [];
        let firstAt = -1;
        const sink = (hash, from, to, type) => {
            const known = this.#tokens.get(hash);
            if (known !== undefined) {
                known.look = this.#looks;
                return;
            }
            if (this.#tokens.size >= TOKENS_MAX)
                return;
            const name = new TextDecoder().decode(bytes.subarray(from, to));
            this.#isChanged = true;
            const presence = isLearning ? 1 : 0;
            this.#tokens.set(hash, {
                name,
                type: String.fromCharCode(type),
                presence,
                absent: 0,
                look: this.#looks,
            });
            if (isLearning)
                return;
            fresh.push(name);
            if (firstAt < 0)
                firstAt = from;
        };
        readTokens(kind, bytes, 0, Math.min(bytes.length, HEAD_BYTES), sink);
        if (bytes.length > HEAD_BYTES) {
            // A stretch that moves on with each payload comes by everything in time.
            const room = Math.max(1, bytes.length - HEAD_BYTES - STRETCH_BYTES);
            const from = HEAD_BYTES + (this.#stretch % room);
            this.#stretch += STRETCH_BYTES - 128;
            const to = Math.min(bytes.length, from + STRETCH_BYTES);
            readTokens(kind, bytes, from, to, sink);
            if (to < bytes.length)
                readTokens(kind, bytes, Math.max(to, bytes.length - TAIL_BYTES), bytes.length, sink);
        }
        const gone = this.#count(frame, fresh.length + (this.#pending?.added.length ?? 0) > 0);
        if (isLearning)
            return undefined;
        this.#news += fresh.length;
        if (fresh.length > 0 || gone.length > 0)
            this.#pend(frame, fresh, Math.max(0, firstAt));
        return this.#decide(frame);
    }
    /** How often each token is there. Answers those that were always there, and are not. */
    #count({ items }, hasNew) {
        // A list without a single entry has the shape of its envelope only.
        const isTelling = items > 0 || hasNew;
        const gone = [];
        for (const one of this.#tokens.values()) {
            if (one.look === this.#looks) {
                one.absent = 0;
                one.presence += (1 - one.presence) * (this.#looks <= LEARN_LOOKS ? 0.5 : LEARN);
            }
            else if (isTelling) {
                if (one.presence >= ALWAYS)
                    gone.push(one);
                // While something may have gone, what is usual stays as it was.
                if (one.presence >= ALWAYS && this.#looks > LEARN_LOOKS)
                    one.absent++;
                else
                    one.presence *= 1 - LEARN;
            }
        }
        return gone;
    }
    #pend({ bytes, offset }, added, at) {
        if (this.#pending !== undefined) {
            this.#pending.added.push(...added);
            return;
        }
        this.#pending = { frame: offset, sample: masked(bytes, at), added: [...added], looks: 0 };
    }
    #decide(frame) {
        const pending = this.#pending;
        if (pending === undefined || ++pending.looks < ABSENT_LOOKS)
            return undefined;
        this.#pending = undefined;
        const gone = [...this.#tokens].filter(([, { absent }]) => absent >= ABSENT_LOOKS);
        const names = new Set([...this.#tokens.values()].filter(({ absent }) => absent === 0).map(({ name }) => name));
        const retyped = gone.map(([, { name }]) => name).filter((name) => names.has(name));
        const removed = gone.map(([, { name }]) => name).filter((name) => !names.has(name));
        const added = [...new Set(pending.added)].filter((name) => !retyped.includes(name));
        for (const [hash, one] of this.#tokens) {
            if (one.absent >= ABSENT_LOOKS)
                this.#tokens.delete(hash);
            else
                one.absent = 0;
        }
        if (added.length === 0 && removed.length === 0 && retyped.length === 0)
            return undefined;
        this.#isChanged = true;
        const isRead = frame.rejected === 0 && frame.items > 0;
        const change = removed.length > 0 || !isRead ? "breaking" : retyped.length > 0 ? "tolerable" : "compatible";
        const parts = [
            removed.length > 0 ? `gone: ${list(removed)}` : "",
            retyped.length > 0 ? `of another type: ${list(retyped)}` : "",
            added.length > 0 ? `new: ${list(added)}` : "",
        ].filter((part) => part !== "");
        const done = isRead
            ? `Its ${frame.items} items are read as before`
            : `${frame.items} items of a payload are read, ${frame.rejected} cannot be`;
        return {
            change,
            level: change === "breaking" ? "warn" : "info",
            message: `Payloads have another shape; ${parts.join("; ")}. ${done}`.slice(0, 480),
            details: {
                change,
                firstFrame: pending.frame,
                gone: removed.slice(0, NAMED_MAX),
                retyped: retyped.slice(0, NAMED_MAX),
                new: added.slice(0, NAMED_MAX),
                items: frame.items,
                rejected: frame.rejected,
                sample: pending.sample,
            },
        };
    }
    /** State to be kept, where it has changed since it was taken last. */
    seal() {
        if (!this.#isChanged || this.#looks < LEARN_LOOKS)
            return undefined;
        this.#isChanged = false;
        const tokens = [...this.#tokens].map(([hash, { name, type, presence }]) => [hash, name, type, presence]);
        return JSON.stringify({ v: 1, kind: this.#kind, tokens });
    }
    /** Takes what `seal` gave. */
    restore(text) {
        const { v, kind, tokens } = JSON.parse(text);
        if (v !== 1)
            return;
        this.#kind = kind;
        this.#looks = LEARN_LOOKS;
        for (const [hash, name, type, presence] of tokens)
            this.#tokens.set(hash, { name, type, presence, absent: 0, look: 0 });
    }
}
function list(names) {
    const shown = names.slice(0, NAMED_MAX).join(", ");
    return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
}
/** A stretch of a payload around what is new in it. */
function masked(bytes, at) {
    const from = Math.max(0, at - SAMPLE_BYTES / 3);
    return maskedPayload(bytes.subarray(from, from + SAMPLE_BYTES));
}
