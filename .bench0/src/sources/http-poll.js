import { createHash } from "node:crypto";
import { Asker } from "./http-poll-asker.js";
import { CurrentState } from "./http-poll-current.js";
import { AnswerReader, formatTime, readState, tagsOf, writeState, } from "./http-poll-cursor.js";
import { optionsSchema } from "./http-poll-options.js";
import { SweepPoller } from "./http-poll-sweep.js";
export const definition = Object.freeze({
    type: "http-poll",
    summary: "Asks an HTTP address again and again: one answer is one frame.",
    options: optionsSchema,
    create: (options, context) => {
        if (options.plan !== undefined)
            return new SweepPoller(options, options.plan, context);
        const poller = new Poller(options, context);
        return { kind: "poll", everyMs: options.every, poll: (request) => poller.poll(request) };
    },
});
class Poller {
    #options;
    #context;
    #asker;
    #current;
    /** Marks cursors, so that one of another address is not used. Holds nothing that could be a key. */
    #target;
    constructor(options, context) {
        this.#options = options;
        this.#context = context;
        this.#asker = new Asker(options, context);
        const current = options.cursor?.current;
        this.#current = current && new CurrentState(options, current, context);
        const parameter = options.cursor?.parameter ?? "";
        this.#target = createHash("sha256")
            .update(`${this.#asker.label} ${parameter}`)
            .digest("hex")
            .slice(0, 12);
    }
    async poll(request) {
        if (this.#current?.isDue)
            return this.#current.ask(request);
        try {
            const result = await this.#pollOn(request);
            this.#current?.told();
            return result;
        }
        catch (thrown) {
            this.#current?.failed();
            throw thrown;
        }
    }
    async #pollOn({ cursor, signal }) {
        const { clock, http } = this.#context.runtime;
        const state = readState(cursor, this.#target);
        const sentTime = clock.now();
        const position = state.position ?? this.#firstPosition(sentTime);
        const response = await http.request(this.#asker.request({ signal, parameter: this.#parameter(position), headers: this.#conditions(state) }));
        const receivedTime = clock.now();
        const { status, wireBytes } = response;
        if (status === 304 && (state.etag !== undefined || state.lastModified !== undefined)) {
            return { frames: [], unchanged: true, wireBytes, ...this.#nothingLost };
        }
        if (status === 204)
            return { frames: [], wireBytes, ...this.#nothingLost };
        if (status !== 200 && status !== 203)
            throw this.#asker.failure(response, receivedTime);
        const frame = this.#asker.frame(response, receivedTime);
        return { frames: [frame], wireBytes, ...this.#progress(response, state, position, sentTime) };
    }
    /** Where upstream numbers its messages, an answer without one says that none is missing yet. */
    get #nothingLost() {
        return this.#options.cursor?.sequence === undefined ? {} : { gap: { messages: 0 } };
    }
    #parameter(position) {
        const { cursor } = this.#options;
        return cursor === undefined || position === undefined ? undefined : [cursor.parameter, position];
    }
    #conditions({ etag, lastModified }) {
        if (!this.#options.conditional)
            return {};
        return {
            ...(etag === undefined ? {} : { "if-none-match": etag }),
            ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
        };
    }
    /** The cursor after this answer. `more` without progress would ask the same question for ever, so it needs both. */
    #progress(response, state, before, sentTime) {
        const { cursor, conditional } = this.#options;
        if (cursor === undefined) {
            return conditional ? { cursor: writeState(tagsOf(response), this.#target) } : {};
        }
        const answer = new AnswerReader(response);
        const after = answer.position(cursor.from, { sentTime, overlapMs: cursor.overlap }) ?? before;
        const moved = after !== before;
        // Tags belong to the address that was asked; the next question goes to another when the position has moved.
        const tags = conditional && !moved ? tagsOf(response) : {};
        const numbers = cursor.sequence && answer.sequence(cursor.sequence, state.sequence);
        const next = {
            ...tags,
            ...(after === undefined ? {} : { position: after }),
            ...(numbers?.highest === undefined ? {} : { sequence: numbers.highest }),
        };
        return {
            cursor: writeState(next, this.#target),
            ...(numbers && { gap: { messages: numbers.messages } }),
            // The time of a question is another one each time, and says nothing of the answer.
            ...(moved && cursor.from.kind !== "last-received" && { advanced: true }),
            ...(moved && cursor.more !== undefined && answer.more(cursor.more) ? { more: true } : {}),
        };
    }
    #firstPosition(now) {
        const cursor = this.#options.cursor;
        if (cursor === undefined || cursor.start !== undefined)
            return cursor?.start;
        if (cursor.lookback === undefined || cursor.from.kind !== "last-received")
            return undefined;
        return formatTime(now - cursor.lookback, cursor.from.format);
    }
}
