import { Failure } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
import { cohortOf, mixed } from "./cohort.js";
import { RecordComparison } from "./record-comparison.js";
const SPAN_MS = 5 * MINUTE_MS;
const SEAL_EVERY_MS = MINUTE_MS;
/** Fewer say nothing of a share. */
const RECORDS_MIN = 20;
const WORSE_MIN = 5;
const NOBODY = () => false;
const EVERYBODY = () => true;
const NO_NEWS = Object.freeze([]);
/**
 * Another way to read the frames of an upstream, on trial: it reads every live frame beside the present one, and both are
 * compared and shown to guards of their own. From each step of its cutover on, what it gives of some vehicles, or of all, is
 * what counts, until it does worse than the present reading. A state machine over frames, but for what decoding costs.
 */
export class Candidate {
    decoder;
    decoderName;
    contract;
    #options;
    #current;
    #comparison = new RecordComparison();
    #guards;
    #sums = emptySums();
    #spans = [emptySpan(0), emptySpan(0)];
    #sinceTime;
    #lastTime = 0;
    #share = 0;
    #rolledBack;
    #sealedTime = 0;
    /** Its guards know what those of the feed knew when it began. */
    #isTaught = false;
    #isTurned = false;
    constructor(options, current) {
        this.decoder = options.decoder;
        this.decoderName = options.decoderName;
        this.contract = options.contract;
        this.#options = options;
        this.#current = current;
        this.#guards = { current: options.guards(), candidate: options.guards() };
    }
    /** Takes a live frame into account, and chooses what of it counts. `guards`: those of the feed, before they see it. */
    take(pair, personal, guards) {
        const { current, candidate, receivedTime } = pair;
        if (!this.#isTaught && guards !== undefined)
            this.#teach(guards.json());
        this.#sinceTime ??= receivedTime;
        this.#lastTime = receivedTime;
        this.#account(pair, personal);
        const share = this.#shareAt(receivedTime);
        const news = share === this.#share && share === 0 ? NO_NEWS : this.#turn(share, receivedTime);
        return { ...this.#choose(current, candidate, this.#share), news };
    }
    /** The same choice for a frame of the past, as the plan of the cutover says of its time; nothing is counted. */
    past(current, candidate, receivedTime) {
        return { ...this.#choose(current, candidate, this.#shareAt(receivedTime)), news: NO_NEWS };
    }
    /** Goes on where another left off, as far as it tried the same. */
    adopt(before) {
        this.restore(before.json());
        if (before.#options.reading !== this.#options.reading)
            return;
        this.#guards = before.#guards;
        this.#isTaught = before.#isTaught;
    }
    /** State to be kept with the frames that were read; undefined while the newest is recent enough. */
    seal(now) {
        if (this.#sinceTime === undefined)
            return undefined;
        if (!this.#isTurned && now - this.#sealedTime < SEAL_EVERY_MS)
            return undefined;
        this.#sealedTime = now;
        this.#isTurned = false;
        return this.json();
    }
    json() {
        const { reading, plan } = this.#options;
        const json = {
            v: 1,
            reading,
            plan,
            comparison: this.#comparison.json(),
            sums: this.#sums,
            spans: this.#spans,
            sinceTime: this.#sinceTime ?? null,
            lastTime: this.#lastTime,
            share: this.#share,
            rolledBack: this.#rolledBack ?? null,
        };
        return JSON.stringify(json);
    }
    /** Takes what `json` gave; what another candidate left behind is as if nothing was known. */
    restore(text) {
        const json = JSON.parse(text);
        const { reading, plan } = this.#options;
        if (json.v !== 1 || json.reading !== reading || this.#sinceTime !== undefined)
            return;
        this.#comparison = new RecordComparison();
        this.#comparison.restore(json.comparison);
        this.#sums = json.sums;
        this.#spans = [...json.spans];
        this.#sinceTime = json.sinceTime ?? undefined;
        this.#lastTime = json.lastTime;
        if (json.plan !== plan)
            return;
        this.#share = json.share;
        this.#rolledBack = json.rolledBack ?? undefined;
    }
    report() {
        const { frames, failed, rejected, guarded, ms } = this.#sums;
        const { both, equal, onlyCurrent, onlyCandidate } = this.#comparison.sums;
        const { feed, upstream, decoderName, contract } = this.#current;
        const mean = (sum) => (frames === 0 ? 0 : sum / frames);
        const problems = this.#problems();
        return {
            feed,
            upstream,
            decoders: { current: decoderName, candidate: this.decoderName },
            contracts: { current: contract, candidate: this.contract?.name },
            state: this.#state,
            share: this.#share,
            next: this.#next(),
            rolledBack: this.#rolledBack,
            sinceTime: this.#sinceTime,
            frames,
            failedFrames: { ...failed },
            both,
            equal,
            only: { current: onlyCurrent, candidate: onlyCandidate },
            onlySamples: this.#comparison.onlySamples,
            rejected: { ...rejected },
            guarded: { ...guarded },
            decodeMs: { current: mean(ms.current), candidate: mean(ms.candidate) },
            fields: this.#comparison.fields,
            problems,
            sentence: this.#sentence(problems),
        };
    }
    get #state() {
        if (this.#rolledBack !== undefined)
            return "rolled_back";
        return this.#share === 0 ? "shadow" : this.#share === 1 ? "taken_over" : "partial";
    }
    #next() {
        if (this.#rolledBack !== undefined)
            return undefined;
        const step = this.#options.steps.find(({ fromTime }) => fromTime > this.#lastTime);
        return step && { time: step.fromTime, share: step.share };
    }
    #sentence(problems) {
        const name = `${this.decoderName}${this.contract === undefined ? "" : ` with contract ${this.contract.name}`}`;
        if (this.#rolledBack !== undefined)
            return `${name} was rolled back from ${percent(this.#rolledBack.share)} of the vehicles: ${this.#rolledBack.reason}`;
        if (this.#sums.frames === 0)
            return `${name} has read no frame yet.`;
        const does = this.#share === 0
            ? `${name} reads along and changes nothing.`
            : `What ${name} gives of ${percent(this.#share)} of the vehicles is what counts.`;
        return problems.length === 0 ? does : `${does} It would be rolled back: ${problems.join(" ")}`;
    }
    #shareAt(time) {
        if (this.#rolledBack !== undefined)
            return 0;
        return shareAt(this.#options.steps, time);
    }
    /** Before the first record of a new share counts: who does badly in shadow never begins. */
    #turn(share, now) {
        const { feed, upstream } = this.#current;
        const problems = share === 0 ? [] : this.#problems();
        if (problems.length > 0) {
            const reason = problems.join(" ");
            this.#rolledBack = { time: now, share, reason };
            this.#share = 0;
            this.#isTurned = true;
            const message = `Candidate ${this.decoderName} is rolled back from ${percent(share)} of the vehicles; all are read by ` +
                `${this.#current.decoderName} again. ${reason} What it gave can be read again with wayside redecode`;
            const details = { upstream, share, reason, candidate: this.decoderName };
            return [{ level: "error", code: "candidate.rolled_back", message, details }];
        }
        if (share === this.#share)
            return NO_NEWS;
        const before = this.#share;
        this.#share = share;
        this.#isTurned = true;
        const message = `What candidate ${this.decoderName} gives of ${percent(share)} of the vehicles of ${feed} counts from now on`;
        const details = { upstream, share, before, candidate: this.decoderName };
        return [{ level: "info", code: "candidate.cutover", message, details }];
    }
    #choose(current, candidate, share) {
        if (share === 0)
            return { decoded: current, isTheirs: NOBODY };
        if (share === 1)
            return { decoded: candidate, isTheirs: EVERYBODY };
        return mixed(current, candidate, cohortOf(this.#current.feed, share));
    }
    #account(pair, personal) {
        const { current, candidate, receivedTime, currentMs, candidateMs } = pair;
        const { both, only } = this.#comparison.add(current, candidate, personal);
        const sums = this.#sums;
        sums.frames++;
        sums.ms.current += currentMs;
        sums.ms.candidate += candidateMs;
        const span = this.#span(receivedTime);
        span.records.current += both + only.current;
        span.records.candidate += both + only.candidate;
        span.lost += only.current;
        for (const side of ["current", "candidate"]) {
            const decoded = pair[side];
            const rejected = decoded.items.filter(({ kind }) => kind === "rejection").length;
            sums.rejected[side] += rejected;
            span.rejected[side] += rejected;
            if (decoded.failure !== undefined && decoded.items.length === 0) {
                sums.failed[side]++;
                // A frame of which nothing can be read is as bad as all of its records.
                span.rejected[side] += Math.max(1, both + only.current + only.candidate);
            }
            const guarded = this.#guarded(this.#guards[side], decoded, receivedTime);
            sums.guarded[side] += guarded;
            span.guarded[side] += guarded;
        }
    }
    /** To the candidate's guards its first frame is then a change of what was known, as if upstream had made it. */
    #teach(known) {
        this.#isTaught = true;
        this.#guards.current.restore(known);
        this.#guards.candidate.restore(known);
    }
    #guarded(guards, decoded, receivedTime) {
        const { items, headerTime, complete, failure } = decoded;
        guards.look({ items, receivedTime, headerTime, isComplete: complete === true && failure === undefined });
        let count = 0;
        for (const [at, item] of items.entries()) {
            if (item.kind !== "vehicle_location")
                continue;
            const passed = guards.pass(item, at);
            if (passed instanceof Failure || passed !== item)
                count++;
        }
        return count;
    }
    #span(now) {
        const [newest] = this.#spans;
        if (now - newest.fromTime < SPAN_MS)
            return newest;
        this.#spans = [emptySpan(now), now - newest.fromTime >= 2 * SPAN_MS ? emptySpan(0) : newest];
        return this.#spans[0];
    }
    /** What the candidate does worse than the present reading, lately. */
    #problems() {
        const { worseMax } = this.#options;
        const [newest, older] = this.#spans;
        const sum = (of) => of(newest) + of(older);
        const problems = [];
        const records = sum((span) => span.records.current);
        const lost = sum((span) => span.lost);
        if (records >= RECORDS_MIN && lost >= WORSE_MIN && lost > worseMax * records)
            problems.push(`It lacks ${percent(lost / records)} of the records that the present reading gives.`);
        for (const [what, words] of [
            ["rejected", "dead letters"],
            ["guarded", "flagged by guards"],
        ]) {
            const share = (side) => {
                const bad = sum((span) => span[what][side]);
                const all = sum((span) => span.records[side]) + (what === "rejected" ? bad : 0);
                return { bad, all, share: all === 0 ? 0 : bad / all };
            };
            const [ours, theirs] = [share("current"), share("candidate")];
            if (theirs.all < RECORDS_MIN || theirs.bad < WORSE_MIN || theirs.share <= ours.share + worseMax)
                continue;
            problems.push(`${percent(theirs.share)} of it are ${words}, now ${percent(ours.share)}.`);
        }
        const known = new Set(this.#guards.current.alarms.map(({ guard }) => guard));
        for (const { guard, sentence } of this.#guards.candidate.alarms)
            if (!known.has(guard))
                problems.push(`By it, guard ${guard} holds of the fleet: ${sentence}`);
        return problems;
    }
}
/** The share of vehicles at a time, as the plan has it. */
export function shareAt(steps, time) {
    let share = 0;
    for (const step of steps)
        if (step.fromTime <= time)
            share = step.share;
    return share;
}
function percent(share) {
    const value = share * 100;
    return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} %`;
}
function pairOf() {
    return { current: 0, candidate: 0 };
}
function emptySpan(fromTime) {
    return { fromTime, records: pairOf(), rejected: pairOf(), guarded: pairOf(), lost: 0 };
}
function emptySums() {
    return { frames: 0, failed: pairOf(), rejected: pairOf(), guarded: pairOf(), ms: pairOf() };
}
