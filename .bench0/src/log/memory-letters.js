import { spanStart } from "./ledger-spans.js";
import { changedRow, DEAD_LETTERS, letterChanged, lettersOf, placesOf, statesOf, } from "./letter-places.js";
import { parseRanges } from "./receipt-pack.js";
/** The index of dead letters of a memory log. */
export class MemoryLetters {
    #issues = new Map();
    /** By partition, ascending by offset. */
    #packs = new Map();
    append(pack) {
        const { partition, firstOffset } = pack;
        const rows = new Map();
        for (const places of placesOf(pack, (id) => this.#issues.has(id), this.#issues.size)) {
            const { cause, row, message, firstTime, lastTime, newestAt } = places;
            rows.set(cause.id, row);
            const before = this.#issues.get(cause.id);
            const newest = { partition, offset: firstOffset + newestAt };
            const isNewer = before === undefined || lastTime >= before.lastTime;
            this.#issues.set(cause.id, {
                ...cause,
                message: isNewer ? message : before.message,
                open: (before?.open ?? 0) + row.open,
                replayed: before?.replayed ?? 0,
                dropped: before?.dropped ?? 0,
                expired: before?.expired ?? 0,
                failedAgain: before?.failedAgain ?? 0,
                firstTime: Math.min(before?.firstTime ?? firstTime, firstTime),
                lastTime: Math.max(before?.lastTime ?? lastTime, lastTime),
                newest: isNewer ? newest : before.newest,
            });
        }
        const packs = this.#packs.get(partition) ?? [];
        this.#packs.set(partition, packs);
        packs.push({ pack, rows });
        return [posting(pack, "in", pack.count)];
    }
    /** Throws `store.changed` before anything happened. Answers what to do, and what to post. */
    change(changes) {
        const groups = new Map();
        for (const { partition, offset, to } of changes) {
            const indexed = this.#holding(partition, offset);
            if (indexed === undefined)
                throw letterChanged();
            const at = offset - indexed.pack.firstOffset;
            const [issue] = [...indexed.rows].find(([, row]) => parseRanges(row.all).includes(at)) ?? [];
            if (issue === undefined)
                throw letterChanged();
            const key = `${partition}/${indexed.pack.firstOffset}/${issue}`;
            const group = groups.get(key) ?? { indexed, issue, changes: [] };
            groups.set(key, group);
            group.changes.push({ at, to });
        }
        const planned = [...groups.values()].map((group) => ({
            ...group,
            row: changedRow(group.indexed.rows.get(group.issue), group.changes),
        }));
        const postings = planned.flatMap((group) => ["replayed", "dropped"].map((to) => posting(group.indexed.pack, to, group.changes.filter((change) => change.to === to).length)));
        const apply = () => {
            for (const { indexed, issue, row, changes: made } of planned) {
                indexed.rows.set(issue, row);
                const count = (to) => made.filter((change) => change.to === to).length;
                const before = this.#issues.get(issue);
                this.#issues.set(issue, {
                    ...before,
                    open: before.open - count("replayed") - count("dropped"),
                    replayed: before.replayed + count("replayed"),
                    dropped: before.dropped + count("dropped"),
                    failedAgain: before.failedAgain + count("failed"),
                });
            }
        };
        return { apply, postings: postings.filter(({ count }) => count > 0) };
    }
    remove(gone) {
        const postings = [];
        for (const { partition, firstOffset } of gone) {
            const packs = this.#packs.get(partition) ?? [];
            const at = packs.findIndex(({ pack }) => pack.firstOffset === firstOffset);
            const [removed] = at === -1 ? [] : packs.splice(at, 1);
            for (const [issue, row] of removed?.rows ?? []) {
                const before = this.#issues.get(issue);
                this.#issues.set(issue, {
                    ...before,
                    open: before.open - row.open,
                    expired: before.expired + row.open,
                });
                if (row.open > 0 && removed)
                    postings.push(posting(removed.pack, "expired", row.open));
            }
        }
        const kept = new Set([...this.#packs.values()].flat().flatMap(({ rows }) => [...rows.keys()]));
        for (const id of [...this.#issues.keys()])
            if (!kept.has(id))
                this.#issues.delete(id);
        return postings;
    }
    issues() {
        return [...this.#issues.values()].sort((a, b) => b.open - a.open || (a.id < b.id ? -1 : 1));
    }
    list({ issues, from, ends, settled = false, limit }) {
        const wanted = issues && new Set(issues);
        const letters = [];
        for (const [partition, packs] of [...this.#packs].sort(([a], [b]) => a - b)) {
            if (from && partition < from.partition)
                continue;
            const first = from?.partition === partition ? from.offset : 0;
            const end = ends === undefined ? Number.POSITIVE_INFINITY : (ends[partition] ?? 0);
            for (const { pack, rows } of packs) {
                if (pack.firstOffset >= end || pack.firstOffset + pack.count <= first)
                    continue;
                if (letters.length >= limit) {
                    return { letters, next: { partition, offset: Math.max(first, pack.firstOffset) } };
                }
                letters.push(...listed(pack, rows, wanted, settled).filter(({ offset }) => offset >= first && offset < end));
            }
        }
        return { letters, next: undefined };
    }
    settled() {
        return [...this.#packs.values()]
            .flat()
            .flatMap(({ pack: { partition, firstOffset }, rows }) => [...rows.values()]
            .filter(({ replayed, dropped }) => replayed !== "" || dropped !== "")
            .map(({ replayed, dropped }) => ({ partition, firstOffset, replayed, dropped })));
    }
    open({ folds }, fromMinute) {
        const sums = new Map();
        for (const { pack, rows } of [...this.#packs.values()].flat()) {
            if (pack.minute < fromMinute)
                continue;
            const minute = spanStart(folds, pack.minute);
            const { feed, partition } = pack;
            const key = `${partition}|${minute}|${feed}`;
            const sum = sums.get(key) ?? { feed, partition, minute, count: 0 };
            for (const { open } of rows.values())
                sum.count += open;
            if (sum.count > 0)
                sums.set(key, sum);
        }
        return [...sums.values()];
    }
    #holding(partition, offset) {
        return this.#packs
            .get(partition)
            ?.find(({ pack }) => offset >= pack.firstOffset && offset < pack.firstOffset + pack.count);
    }
}
/** The letters of a pack that are asked for, in their order. */
export function listed(pack, rows, wanted, settled) {
    const found = [];
    for (const [issue, row] of rows) {
        if (wanted && !wanted.has(issue))
            continue;
        for (const one of statesOf(row))
            if (settled || one.state === "open")
                found.push({ ...one, issue });
    }
    if (found.length === 0)
        return [];
    const letters = lettersOf(pack);
    return found
        .sort((a, b) => a.at - b.at)
        .map(({ at, ...rest }) => ({
        partition: pack.partition,
        offset: pack.firstOffset + at,
        ...rest,
        letter: letters[at],
    }));
}
function posting({ feed, partition, minute }, outcome, count) {
    return { step: DEAD_LETTERS, feed, partition, minute, outcome, count };
}
