import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
const MAGIC = "SQLite format 3\0";
/** What new stores have. */
const PAGE_BYTES_USUAL = 8192;
const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
const PAGES_LOOKED_AT_MAX = 2000;
const WAL_HEADER_BYTES = 32;
const WAL_FRAME_HEADER_BYTES = 24;
const WAL_MAGIC = 0x377f0682;
/**
 * The pages of a database file as its last commit left them, read without SQLite, which refuses a file as a whole where
 * only a part of it is damaged. What the write-ahead log has stands before what the file has.
 * Layout: https://www.sqlite.org/fileformat2.html
 */
export class SalvagePages {
    pageBytes;
    /** Pages are numbered from 1. */
    count;
    /** What is wrong with the file as such. */
    problems = [];
    #file;
    #fileBytes;
    #wal;
    /** Where a page of the write-ahead log begins. */
    #inWal = new Map();
    constructor(path) {
        this.#file = openSync(path, "r");
        this.#fileBytes = fstatSync(this.#file).size;
        const header = Buffer.alloc(100);
        readSync(this.#file, header, 0, 100, 0);
        this.#wal = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0);
        this.pageBytes = this.#pageBytes(header);
        const committed = this.#readWal();
        const stated = header.readUInt32BE(28);
        const inFile = Math.floor(this.#fileBytes / this.pageBytes);
        if (committed === undefined && stated > inFile)
            this.problems.push(`the file ends after ${inFile} pages of ${stated}`);
        this.count = Math.max(inFile, committed ?? 0);
    }
    /** The bytes of a page; undefined when the file ends before it. */
    page(number) {
        if (!(number >= 1 && number <= this.count))
            return undefined;
        const inWal = this.#inWal.get(number);
        if (inWal !== undefined)
            return this.#wal.subarray(inWal, inWal + this.pageBytes);
        const page = Buffer.alloc(this.pageBytes);
        const read = readSync(this.#file, page, 0, this.pageBytes, (number - 1) * this.pageBytes);
        return read === this.pageBytes ? page : undefined;
    }
    /**
     * Pages that hold nothing any more, and still have what they held. Undefined where the list of them is not whole: then
     * nobody knows whether a page that nothing points to was lost or deleted.
     */
    free() {
        const first = this.page(1);
        if (first === undefined || first.toString("latin1", 0, 16) !== MAGIC)
            return undefined;
        const free = new Set();
        const add = (number) => {
            const isNew = number >= 2 && number <= this.count && !free.has(number);
            free.add(number);
            return isNew;
        };
        for (let trunk = first.readUInt32BE(32); trunk !== 0;) {
            const page = this.page(trunk);
            if (page === undefined || !add(trunk))
                return undefined;
            const leaves = page.readUInt32BE(4);
            if (leaves > this.pageBytes / 4 - 2)
                return undefined;
            for (let leaf = 0; leaf < leaves; leaf++)
                if (!add(page.readUInt32BE(8 + leaf * 4)))
                    return undefined;
            trunk = page.readUInt32BE(0);
        }
        return free.size === first.readUInt32BE(36) ? free : undefined;
    }
    close() {
        closeSync(this.#file);
    }
    #pageBytes(header) {
        const stated = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
        const isMagic = header.toString("latin1", 0, 16) === MAGIC;
        if (!isMagic)
            this.problems.push("the file does not begin as a database does");
        const inWal = this.#wal.length >= WAL_HEADER_BYTES ? this.#wal.readUInt32BE(8) : 0;
        for (const bytes of [stated, inWal])
            if (bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0)
                return bytes;
        this.problems.push(`the header states pages of ${stated} bytes`);
        return this.#likelyPageBytes();
    }
    /**
     * Pages of trees begin at each multiple of the right size, and of one that is too large; at those of one that is too
     * small stands something else mostly.
     */
    #likelyPageBytes() {
        const found = PAGE_SIZES.map((bytes) => ({ bytes, share: this.#shareOfTrees(bytes) }));
        const best = Math.max(...found.map(({ share }) => share));
        const likely = found.find(({ share }) => share > 0 && share >= best * 0.7);
        return likely?.bytes ?? PAGE_BYTES_USUAL;
    }
    #shareOfTrees(pageBytes) {
        const pages = Math.min(PAGES_LOOKED_AT_MAX, Math.floor(this.#fileBytes / pageBytes));
        const start = Buffer.alloc(8);
        let trees = 0;
        for (let page = 1; page < pages; page++) {
            readSync(this.#file, start, 0, start.length, page * pageBytes);
            const content = start.readUInt16BE(5);
            const fits = start.readUInt16BE(3) * 2 < pageBytes && content > 8 && content <= pageBytes;
            if ([0x02, 0x05, 0x0a, 0x0d].includes(start[0]) && fits)
                trees++;
        }
        return pages <= 1 ? 0 : trees / (pages - 1);
    }
    /** Takes up the frames of whole transactions, and answers how many pages the last one says that there are. */
    #readWal() {
        const wal = this.#wal;
        if (wal.length < WAL_HEADER_BYTES || (wal.readUInt32BE(0) & ~1) >>> 0 !== WAL_MAGIC)
            return undefined;
        const isBigEndian = (wal.readUInt32BE(0) & 1) === 1;
        let sums = checksum(wal.subarray(0, 24), [0, 0], isBigEndian);
        if (wal.readUInt32BE(8) !== this.pageBytes || !isSum(wal, 24, sums))
            return undefined;
        const frameBytes = WAL_FRAME_HEADER_BYTES + this.pageBytes;
        const open = new Map();
        let pages;
        for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
            if (!wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24)))
                break;
            sums = checksum(wal.subarray(at, at + 8), sums, isBigEndian);
            sums = checksum(wal.subarray(at + WAL_FRAME_HEADER_BYTES, at + frameBytes), sums, isBigEndian);
            if (!isSum(wal, at + 16, sums))
                break;
            open.set(wal.readUInt32BE(at), at + WAL_FRAME_HEADER_BYTES);
            const committed = wal.readUInt32BE(at + 4);
            if (committed === 0)
                continue;
            for (const [page, place] of open)
                this.#inWal.set(page, place);
            open.clear();
            pages = committed;
        }
        return pages;
    }
}
function isSum(bytes, at, [first, second]) {
    return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
function checksum(bytes, [from, to], isBigEndian) {
    let [first, second] = [from, to];
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
        first = (first + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + second) >>> 0;
        second = (second + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + first) >>> 0;
    }
    return [first, second];
}
