import { TOPICS } from "../log/log.js";
import { decodePage } from "./salvage-cells.js";
import { PACK_TABLES } from "./sqlite-schema.js";
/** Columns of the tables without row numbers, and of `state`. */
const COLUMNS = {
    meta: 2,
    streams: 4,
    cursors: 4,
    state: 2,
    ledger: 6,
    owners: 2,
    keys: 3,
    dead_letter_issues: 14,
    dead_letter_places: 7,
};
const SCHEMA = "sqlite_schema";
const PACK_COLUMNS = 8;
const PACK_NAMES = new Set(Object.values(PACK_TABLES));
const META_NAMES = new Set([
    "partitions",
    "encrypted",
    "opens",
    "process",
    "ledger_hours_before",
    "ledger_days_before",
]);
/**
 * Every row that can be reached from the roots of the schema, page by page. Pages that nothing points to any more are
 * taken as well, if they are not free and the shape of their rows says whose they are. Without a whole list of free pages
 * that is done only where a page on the way is gone, and only packs are taken, and marked as doubtful: an old cursor would
 * have everything since delivered twice.
 * `usualRoots`: where the tables of a new store begin, for a schema that cannot be read.
 */
export function* salvageRows(pages, damage, usualRoots) {
    const walk = new Walk(pages, damage);
    const roots = readRoots(walk, pages, usualRoots);
    let isBroken = false;
    for (const table of [...Object.keys(COLUMNS), ...PACK_NAMES]) {
        const root = roots.get(table);
        // Tables of a later format need not be there; an older one's are complete without them.
        if (root === undefined) {
            if (!table.startsWith("dead_letter_") || PACK_NAMES.has(table)) {
                isBroken = true;
                damage.tables.add(table);
            }
            continue;
        }
        const before = damage.pages;
        for (const cell of walk.rows(root, table))
            yield { table, cell };
        isBroken ||= damage.pages > before;
    }
    for (const [name, root] of roots)
        if (!isTable(name))
            walk.mark(root);
    if (isBroken || walk.free)
        yield* adopt(pages, damage, walk);
}
/** Tables and indexes by name, and the page at which each begins. */
function readRoots(walk, pages, usualRoots) {
    const stated = new Map();
    const named = new Map();
    for (const { values } of walk.rows(1, SCHEMA)) {
        const [type, name, , root] = values;
        const isTree = type === "table" || type === "index";
        if (!isTree || typeof name !== "string" || typeof root !== "number" || !usualRoots.has(name))
            continue;
        stated.set(name, root);
        named.set(root, (named.get(root) ?? 0) + 1);
    }
    const roots = new Map();
    for (const [name, usual] of usualRoots) {
        // Two trees cannot begin at one page: then neither is believed.
        const root = [stated.get(name), usual].find((one) => {
            if (one === undefined || (named.get(one) ?? 0) > 1)
                return false;
            const page = decodePage(pages, one);
            return page !== undefined && (!isTable(name) || isOf(page, name));
        });
        if (root !== undefined)
            roots.set(name, root);
    }
    return roots;
}
/** Follows the pages of trees; comes to none of them twice. */
class Walk {
    visited = new Set();
    /** Undefined where that is not known. */
    free;
    #pages;
    #damage;
    constructor(pages, damage) {
        this.#pages = pages;
        this.#damage = damage;
        this.free = pages.free();
    }
    *rows(root, table) {
        const waiting = [root];
        for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
            if (this.visited.has(number))
                continue;
            const page = this.free?.has(number) ? undefined : decodePage(this.#pages, number);
            // A page of another tree is a wrong turn: that tree comes to it by itself.
            if (!page || !isOf(page, table)) {
                this.#damage.pages++;
                this.#damage.tables.add(table);
                continue;
            }
            this.visited.add(number);
            this.#damage.rows += page.damaged;
            if (page.damaged > 0)
                this.#damage.tables.add(table);
            waiting.push(...page.children);
            yield* page.cells;
        }
    }
    /** Of a tree whose rows are not wanted. */
    mark(root) {
        const waiting = [root];
        for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
            if (this.visited.has(number))
                continue;
            this.visited.add(number);
            waiting.push(...(decodePage(this.#pages, number)?.children ?? []));
        }
    }
}
/** By the shape of its rows. */
function isOf(page, table) {
    const wanted = table === SCHEMA ? 5 : PACK_NAMES.has(table) ? PACK_COLUMNS : COLUMNS[table];
    const hasRowNumbers = table === SCHEMA || table === "state" || PACK_NAMES.has(table);
    return page.isTable === hasRowNumbers && page.cells.every(({ values }) => values.length === wanted);
}
function isTable(name) {
    return name in COLUMNS || PACK_NAMES.has(name);
}
function* adopt(pages, damage, { visited, free }) {
    for (let number = 2; number <= pages.count; number++) {
        if (visited.has(number) || free?.has(number))
            continue;
        const page = decodePage(pages, number);
        if (!page || page.cells.length === 0)
            continue;
        const found = page.cells.flatMap((cell) => {
            const table = tableOf(cell, page.isTable);
            if (table === undefined)
                return [];
            if (free)
                return [{ table, cell }];
            return PACK_NAMES.has(table) ? [{ table, cell, isDoubtful: true }] : [];
        });
        if (found.length > 0)
            damage.adoptedPages++;
        for (const { table } of found)
            damage.tables.add(table);
        yield* found;
    }
}
/** The table that a row can only belong to; undefined when it may be another's, or nobody's. */
function tableOf({ values }, isTable) {
    const [first, second, third] = values;
    if (isTable) {
        if (values.length === PACK_COLUMNS && first === null && typeof second === "string")
            return packTableOf(values);
        return values.length === 2 && typeof first === "string" && typeof second !== "number"
            ? "state"
            : undefined;
    }
    if (values.length === 2)
        return META_NAMES.has(String(first)) ? "meta" : undefined;
    if (values.length === 3)
        return third instanceof Uint8Array && third.length === 32 ? "keys" : undefined;
    if (values.length === 4) {
        if (TOPICS.includes(first) && typeof second === "number")
            return "streams";
        return TOPICS.includes(second) && typeof third === "number" ? "cursors" : undefined;
    }
    const isPosting = typeof second === "string" && typeof third === "number" && typeof values[5] === "number";
    return values.length === 6 && typeof first === "string" && isPosting ? "ledger" : undefined;
}
function packTableOf(values) {
    const [head, body] = [String(values[6]), values[7]];
    if (head.includes('"connection"'))
        return PACK_TABLES.frames;
    if (head.includes('"decoder"'))
        return PACK_TABLES.records;
    const text = typeof body === "string" ? body : body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
    if (text.includes('"duplicates"'))
        return PACK_TABLES.receipts;
    if (text.includes('"stage"'))
        return PACK_TABLES["dead-letters"];
    return text.includes('"subject"') ? PACK_TABLES.events : undefined;
}
