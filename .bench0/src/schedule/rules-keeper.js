import { messageOf } from "../model/failure.js";
import { ID_KINDS } from "./id-rules.js";
const PROBLEMS_TOLD = 3;
/**
 * Takes up rules for ids and crosswalks that change on disk while a hub runs, as a schedule is taken up: when two looks
 * in a row find the same new files, so that nobody reads a file that is still being copied, and only as a whole. What
 * is broken is refused with its reason, and the rules that are there stay in use. Driven by `tick`.
 */
export class RulesKeeper {
    #options;
    #rules;
    #files;
    /** Of what was read last, used or refused. */
    #mark;
    #seen;
    #nextLook = Number.NEGATIVE_INFINITY;
    #refusal;
    constructor(options) {
        this.#options = options;
        this.#rules = options.rules;
        this.#files = options.files;
        this.#mark = options.source.mark;
        this.#refusal = options.refused && refusalOf(options.refused);
    }
    /** Tells what is refused since the start, or keeps what was read. Rejects for nothing. */
    async begin() {
        const { rules, onEvent } = this.#options;
        if (this.#refusal === undefined)
            return this.#keep(rules);
        const kept = "Those that were read last, before the restart, stay in use";
        onEvent("error", "ids.refused", `The rules for ids are refused: ${this.#refusal}. ${kept}`);
    }
    /** Why the files as they are now are not used; undefined: they are. */
    get refusal() {
        return this.#refusal;
    }
    /** Looks at the files when it is time. Called a few times a minute; rejects for nothing. */
    async tick() {
        const { clock, everyMs, source } = this.#options;
        if (this.#files.length === 0 || clock.monotonic() < this.#nextLook)
            return;
        this.#nextLook = clock.monotonic() + everyMs;
        const mark = await this.#markNow();
        if (mark === this.#mark) {
            this.#seen = undefined;
            return;
        }
        if (mark !== this.#seen) {
            this.#seen = mark;
            this.#nextLook = clock.monotonic();
            return;
        }
        await this.#take(await source.read());
    }
    /** Takes up what lies there now, without a second look: somebody says that it is ready. Answers what is new, if anything. */
    async hurry() {
        return (await this.#isOther()) ? this.#take(await this.#options.source.read()) : undefined;
    }
    /** Why what lies there now would be refused. Takes up nothing. */
    async peek() {
        if (!(await this.#isOther()))
            return this.#refusal;
        const { problems } = await this.#options.source.read();
        return problems.length === 0 ? undefined : refusalOf(problems);
    }
    async #isOther() {
        return (await this.#markNow()) !== this.#mark;
    }
    async #markNow() {
        const marks = await Promise.all(this.#files.map((path) => markOfFile(this.#options.disk, path)));
        return marks.join("|");
    }
    async #take({ rules, problems, files, mark }) {
        const { resolver, onEvent, onMatchChanged } = this.#options;
        this.#seen = undefined;
        this.#mark = mark;
        // Also of what is refused: the file that has to be mended may be one that is named for the first time.
        this.#files = files;
        if (problems.length > 0) {
            this.#refusal = refusalOf(problems);
            const kept = "The rules that were read before stay in use";
            onEvent("error", "ids.refused", `The rules for ids are refused: ${this.#refusal}. ${kept}`);
            return undefined;
        }
        this.#refusal = undefined;
        const before = this.#rules;
        this.#rules = rules;
        resolver.map(rules);
        const told = `The rules for ids were read again${changesOf(before, rules)}`;
        onEvent("info", "ids.loaded", told);
        await this.#keep(rules);
        if (before.match.join() === rules.match.join())
            return told;
        try {
            await onMatchChanged();
        }
        catch (thrown) {
            onEvent("warn", "ids.index", `Trips are not yet looked for by the new match: ${messageOf(thrown)}`);
        }
        return told;
    }
    async #keep(rules) {
        const { keep, onEvent } = this.#options;
        try {
            await keep(rules);
        }
        catch (thrown) {
            const without = "a start while their files are broken would have to do without them";
            onEvent("warn", "ids.unkept", `The rules for ids cannot be kept: ${messageOf(thrown)}; ${without}`);
        }
    }
}
function refusalOf(problems) {
    const told = problems.slice(0, PROBLEMS_TOLD).map(({ message, mend }) => `${message} (${mend})`);
    if (problems.length > PROBLEMS_TOLD)
        told.push(`${problems.length - PROBLEMS_TOLD} more`);
    return told.join("; ");
}
/** How a file looks from outside; one that is not there, or cannot be looked at, has a look of its own. */
export async function markOfFile(disk, path) {
    try {
        const entry = await disk.stat(path);
        return entry === undefined ? `${path}:missing` : `${path}:${entry.bytes}:${entry.modifiedTime}`;
    }
    catch {
        // Reading it says why; here it only matters that this is another look than before.
        return `${path}:unreadable`;
    }
}
function changesOf(before, after) {
    const said = ID_KINDS.flatMap((kind) => {
        const was = before[kind]?.crosswalk ?? new Map();
        const is = after[kind]?.crosswalk ?? new Map();
        let added = 0;
        let changed = 0;
        for (const [from, to] of is) {
            const old = was.get(from);
            if (old === undefined)
                added++;
            else if (old !== to)
                changed++;
        }
        const gone = was.size + added - is.size;
        if (added + changed + gone === 0)
            return [];
        return [`the crosswalk of ${kind} has ${is.size} ids (${added} new, ${changed} changed, ${gone} gone)`];
    });
    return said.length === 0 ? "" : `: ${said.join("; ")}`;
}
