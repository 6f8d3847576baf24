import { createHash } from "node:crypto";
import { Failure } from "../model/failure.js";
import { HOUR_MS } from "../model/units.js";
/** A sink that comes and goes does not have its dead letters tried at each return. */
const RECOVERED_PAUSE_MS = 6 * HOUR_MS;
/** A destination may be mended without a word: one letter of one of its issues is tried so often. */
const TRIAL_EVERY_MS = HOUR_MS;
/**
 * Starts the replay of dead letters whose cause has gone: the decoder, its options or an accepted repair changed, a sink's options changed, or
 * a sink was held and takes again. Each of these is tried once; what fails again waits for the next change, or its end.
 * Of what destinations refuse, one letter is tried every hour: they may have been mended without a word.
 */
export class SelfRepair {
    #options;
    #recovered = new Set();
    #looking;
    /** By sink, the issue of which a letter was tried last, and when: of this process, since nothing depends on it. */
    #trials = new Map();
    constructor(options) {
        this.#options = options;
    }
    /** The sink was held, and takes again. */
    recovered(subject) {
        this.#recovered.add(subject);
    }
    /** Before anything can become a dead letter: takes note of what is new, so that the first change of it is noticed. */
    async begin() {
        for (const [subject, version] of this.#options.versions()) {
            if ((await this.#tried(subject)) === undefined)
                await this.#note(subject, { version, time: 0 });
        }
    }
    /** Looks for causes that are gone. One job runs at a time: what is left is found the next time. */
    async look() {
        this.#looking ??= this.#look().finally(() => {
            this.#looking = undefined;
        });
        return this.#looking;
    }
    async #look() {
        const { log, clock, versions } = this.#options;
        for (const [subject, version] of versions()) {
            const tried = await this.#tried(subject);
            const now = { version, time: clock.now() };
            const isChanged = tried !== undefined && tried.version !== version;
            const isBack = this.#recovered.has(subject) && now.time - (tried?.time ?? 0) >= RECOVERED_PAUSE_MS;
            if (tried !== undefined && !isChanged && !isBack)
                continue;
            const open = (await log.letterIssues()).some((issue) => issue.subject === subject && issue.open > 0);
            if (open && (isChanged || isBack) && !(await this.#begin(subject, isChanged)))
                return;
            this.#recovered.delete(subject);
            // What is new to the store, or recovered without anything to do, has not been tried.
            const time = open && tried !== undefined ? now.time : (tried?.time ?? 0);
            await this.#note(subject, { version, time });
        }
        for (const subject of versions().keys())
            if (subject.startsWith("sink:"))
                await this.#try(subject);
    }
    /** The issues of a sink take turns. */
    async #try(subject) {
        const { log, clock, replays, delivers } = this.#options;
        const now = clock.now();
        const last = this.#trials.get(subject) ?? { time: now, issue: "" };
        this.#trials.set(subject, last);
        if (now - last.time < TRIAL_EVERY_MS || !delivers(subject))
            return;
        const issues = (await log.letterIssues())
            .filter((issue) => issue.subject === subject && issue.open > 0)
            .map(({ id }) => id)
            .sort();
        const issue = issues.find((id) => id > last.issue) ?? issues[0];
        if (issue === undefined)
            return;
        const reason = `${subject} may have been mended: it takes what it refused`;
        const order = { kind: "replay", filter: { issue }, reason, trial: true };
        if (await begun(replays, order))
            this.#trials.set(subject, { time: now, issue });
    }
    async #note(subject, tried) {
        await this.#options.log.commit({ state: [{ name: stateName(subject), bytes: JSON.stringify(tried) }] });
    }
    async #begin(subject, isChanged) {
        const why = isChanged ? "its decoder, mapping or options have changed" : "it takes deliveries again";
        return begun(this.#options.replays, {
            kind: "replay",
            filter: { subject },
            reason: `${subject}: ${why}`,
        });
    }
    async #tried(subject) {
        const bytes = await this.#options.log.state(stateName(subject));
        return bytes && JSON.parse(new TextDecoder().decode(bytes));
    }
}
/** False: another job runs. */
async function begun(replays, order) {
    try {
        await replays.begin(order);
        return true;
    }
    catch (thrown) {
        if (thrown instanceof Failure && thrown.code === "request.conflict")
            return false;
        // Retention or a person was first: there is nothing left to try.
        if (thrown instanceof Failure && thrown.code === "request.invalid")
            return true;
        throw thrown;
    }
}
function stateName(subject) {
    return `repair/${subject}`;
}
/** What decides how dead letters of each feed and sink would fare: changes with the program, decoders and options. */
export function versionsOf(program, { feeds, sinks }, revisionOf) {
    const versions = new Map();
    for (const { name, agency, upstreams } of feeds) {
        const decoders = upstreams.map(({ decoder: { definition, options }, timezone, contract }) => [
            definition.type,
            definition.version,
            options,
            timezone,
            contract?.document,
        ]);
        versions.set(`feed:${name}`, hashOf([program, agency, decoders, revisionOf(name)]));
    }
    for (const { name, definition, options } of sinks) {
        versions.set(`sink:${name}`, hashOf([program, definition.type, options]));
    }
    return versions;
}
function hashOf(value) {
    return createHash("sha256").update(textOf(value)).digest("hex").slice(0, 16);
}
/** Options may hold what JSON cannot: those count by their text. */
export function textOf(value) {
    const text = JSON.stringify(value, (_key, part) => {
        if (part instanceof Map || part instanceof Set)
            return [...part];
        return part instanceof RegExp || typeof part === "function" || typeof part === "bigint"
            ? String(part)
            : part;
    });
    return text ?? "";
}
