import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../model/failure.js";
import { editText } from "../quality/healing/edit-words.js";
import { FeedHealer, HEAL_DEFAULT } from "../quality/healing/feed-healer.js";
import { textOf } from "./self-repair.js";
const AGAIN = "heal-again";
const AUTOMATIC = "heal: auto";
const DONE = {
    accepted: "Its payloads are read so from the first of these frames on, which are decoded again.",
    rejected: "Nothing is changed.",
    rolled_back: "Its payloads are read as they are sent; what was read otherwise is decoded again.",
};
/** The repairs of all feeds: looks for them, keeps them in the store, and does what people, or the configuration, decide. */
export class Healing {
    #options;
    /** By `feed/upstream`; a reload that changes how an upstream is read puts another in its place. */
    #healers = new Map();
    #stored = new Map();
    /** Feeds whose frames are to be decoded again from then on; one job runs at a time. */
    #again = new Map();
    constructor(options) {
        this.#options = options;
    }
    /** That of an upstream: the same one as before as long as it is read in the same way. */
    healerOf(feed, index) {
        const name = `${feed.name}/${index}`;
        const config = feed.heal ?? HEAL_DEFAULT;
        const version = readingOf(feed.upstreams[index]);
        const known = this.#healers.get(name);
        if (known?.version === version && isDeepStrictEqual(known.healer.config, config))
            return known.healer;
        const healer = new FeedHealer(config, version);
        const before = known?.healer.sealed() ?? this.#stored.get(name);
        if (before !== undefined)
            healer.restore(before);
        this.#healers.set(name, { version, healer });
        return healer;
    }
    /** That in service now. */
    healerIn(feed, upstream) {
        return this.#healers.get(`${feed}/${upstream}`)?.healer;
    }
    /** Before the first frame is read: what was accepted holds on. */
    async restore() {
        for (const [name, { healer }] of this.#healers) {
            const bytes = await this.#options.log.state(stateName(name));
            if (bytes === undefined)
                continue;
            const text = new TextDecoder().decode(bytes);
            this.#stored.set(name, text);
            healer.restore(text);
        }
        const again = await this.#options.log.state(AGAIN);
        const waiting = again === undefined ? [] : JSON.parse(new TextDecoder().decode(again));
        for (const [feed, one] of waiting)
            this.#again.set(feed, one);
    }
    /** What is accepted of a feed, for whoever asks whether it is read otherwise than before. */
    revisionOf(feed) {
        return [...this.#healers]
            .filter(([name]) => feedOf(name) === feed)
            .map(([, { healer }]) => healer.revisionAt(Number.POSITIVE_INFINITY))
            .join("");
    }
    /** Looks for repairs of what is in trouble, and goes on with what waits. */
    async look() {
        const { clock, onEvent } = this.#options;
        for (const [name, { healer }] of this.#healers) {
            const made = healer.consider(clock.now());
            const [first] = made;
            if (first === undefined)
                continue;
            const others = made.length > 1 ? `, before ${made.length - 1} other ways` : "";
            const message = `What upstream ${name} sends has changed, and this would put it right (confidence ${first.repair.confidence}${others}): ` +
                `${sentencesOf(first)} Accept it with: wayside heal accept ${name} ${first.id}`;
            onEvent(`feed:${feedOf(name)}`, "warn", "feed.heal_proposed", message, { ...reportOf(name, first) });
            await this.#save(name, healer);
            const automatic = healer.automatic(made);
            if (automatic !== undefined)
                await this.#decide(name, healer, automatic.id, "accepted", AUTOMATIC);
        }
        await this.#decodeAgain();
    }
    list() {
        return [...this.#healers].flatMap(([name, { healer }]) => healer.heals.map((one) => reportOf(name, one)));
    }
    accept(order) {
        return this.#order(order, "accepted");
    }
    reject(order) {
        return this.#order(order, "rejected");
    }
    rollBack(order) {
        return this.#order(order, "rolled_back");
    }
    async #order({ feed, upstream, id, by }, to) {
        const named = [...this.#healers].filter(([name, { healer }]) => feedOf(name) === feed &&
            (upstream === undefined || name === `${feed}/${upstream}`) &&
            healer.heals.some((one) => one.id === id));
        const [found] = named;
        if (found === undefined || named.length > 1) {
            const all = this.list().map((one) => `${one.feed}/${one.upstream} ${one.id}`);
            const known = all.length === 0 ? "there is none" : `there are: ${all.join(", ")}`;
            throw invalid(named.length > 1
                ? `Several upstreams of ${feed} have a repair ${id}: name the upstream, as ${feed}/0`
                : `There is no repair ${id} of ${feed}; ${known}`);
        }
        const [name, { healer }] = found;
        return this.#decide(name, healer, id, to, by);
    }
    async #decide(name, healer, id, to, by) {
        const { clock, onEvent } = this.#options;
        const feed = feedOf(name);
        const decided = healer.decide(id, to, by, clock.now());
        if (decided === undefined) {
            const state = healer.heals.find((one) => one.id === id)?.state;
            throw invalid(`Repair ${id} of ${name} is ${state}: it cannot be ${to.replace("_", " ")}`);
        }
        if (to !== "rejected") {
            const since = Math.min(decided.fromTime, this.#again.get(feed)?.since ?? decided.fromTime);
            this.#again.set(feed, { since, reason: `repair ${id} of ${name} was ${to.replace("_", " ")}` });
        }
        await this.#save(name, healer);
        const words = to.replace("_", " ");
        const message = `Repair ${id} of upstream ${name} is ${words} by ${by}: ${sentencesOf(decided)} ${DONE[to]}`;
        onEvent(`feed:${feed}`, "info", `feed.heal_${to}`, message, { ...reportOf(name, decided) });
        await this.#decodeAgain();
        return reportOf(name, decided);
    }
    async #decodeAgain() {
        for (const [feed, { since, reason }] of this.#again) {
            try {
                await this.#options.replays().beginRedecode({ feed, fromTime: since, reason });
            }
            catch (thrown) {
                if (!(thrown instanceof Failure))
                    throw thrown;
                // Another job runs: it is tried again with the next look.
                if (thrown.code === "request.conflict")
                    return;
                // Retention was first: nothing of that time is kept.
                if (thrown.code !== "request.invalid")
                    throw thrown;
            }
            this.#again.delete(feed);
            await this.#options.log.commit({ state: [this.#waiting()] });
        }
    }
    #waiting() {
        return { name: AGAIN, bytes: JSON.stringify([...this.#again]) };
    }
    async #save(name, healer) {
        const bytes = healer.sealed();
        this.#stored.set(name, bytes);
        await this.#options.log.commit({ state: [{ name: stateName(name), bytes }, this.#waiting()] });
    }
}
function reportOf(name, heal) {
    const { repair, fromOffset: _, ...rest } = heal;
    const { edits, ...what } = repair;
    const upstream = Number(name.slice(name.lastIndexOf("/") + 1));
    return { feed: feedOf(name), upstream, ...rest, ...what, edits: edits.map(editText) };
}
function sentencesOf({ repair: { edits, evidence } }) {
    return `${edits.map(editText).join(" ")} Evidence: ${evidence.join("; ")}.`;
}
function feedOf(name) {
    return name.slice(0, name.lastIndexOf("/"));
}
function stateName(name) {
    return `heal/${name}`;
}
/** Changes with whatever decides how payloads of the upstream are read. */
function readingOf(upstream) {
    const read = upstream && [
        upstream.decoder.definition.type,
        upstream.decoder.definition.version,
        upstream.decoder.options,
        upstream.timezone,
        upstream.contract?.document,
    ];
    return createHash("sha256").update(textOf(read)).digest("hex").slice(0, 16);
}
function invalid(message) {
    return new Failure("request.invalid", `${message}.`);
}
