import { Failure } from "../model/failure.js";
import { AuditBook } from "./audit-book.js";
import { FrameTally } from "./audit-frames.js";
import { Judge } from "./audit-judge.js";
import { PackCounter } from "./audit-packs.js";
import { readScene } from "./audit-scene.js";
import { packsByMinute, readBounds } from "./audit-streams.js";
import { INTERPRET, OUTCOMES } from "./ledger.js";
import { DEAD_LETTERS } from "./letter-places.js";
export { balanceLedger } from "./balance.js";
/** Times that an audit begins anew because retention removed what it was reading. */
const ATTEMPTS = 3;
/**
 * Recounts every term of the ledger from what the store holds, item by item, in bounded memory: packs are read once,
 * the oldest minute first, and a frame is forgotten as soon as it is complete. Where retention has removed evidence,
 * only sums are compared. Reads as much as the store holds: for large stores give `fromMinute`.
 */
export async function auditLedger(log, options) {
    for (let attempt = 1;; attempt++) {
        const scene = await readScene(log, options);
        const audit = await auditScene(scene, options.onFinding);
        const after = await readBounds(log);
        if (after.every(({ start }, at) => start === scene.bounds[at]?.start))
            return audit;
        if (attempt === ATTEMPTS) {
            throw new Failure("store.busy", "Retention removed what the audit was reading, three times; try again later");
        }
    }
}
async function auditScene(scene, onFinding) {
    const { log, evidence } = scene;
    const book = new AuditBook(scene.ledger, scene.fromMinute, scene.folds, onFinding);
    const tally = new FrameTally(book, {
        areBytesGone: (partition, feed, minute) => evidence.isGone("frames", partition, feed, minute),
        areLettersGone: (partition, feed, minute) => evidence.isGone("dead-letters", partition, feed, minute),
        areItemsGone: (partition, feed, minute) => evidence.isGone("receipts", partition, feed, minute) || evidence.areRecordsGone(feed, minute),
        cursor: (partition) => scene.cursors.get(`${INTERPRET}/${partition}`) ?? 0,
    });
    const counter = new PackCounter(scene, book, tally);
    const unreadable = (at, failure) => book.find({ step: "receive", feed: "?", partition: at.partition, minute: scene.fromMinute }, `${at.topic}/${at.partition} from offset ${at.offset} on`, failure.message);
    for await (const pack of packsByMinute(log, scene.bounds, scene.fromMinute, unreadable))
        counter.count(pack);
    tally.finish();
    for (const { feed, partition, minute, count } of scene.openLetters) {
        if (minute >= scene.fromMinute)
            book.account(DEAD_LETTERS, feed, partition, minute).pending += count;
    }
    const judge = new Judge(scene, book);
    for (const account of book.accounts.values())
        judge.account(account);
    const accounts = [...book.accounts.values()];
    const { findings, findingsOmitted } = book;
    const balanced = findings.length === 0;
    return { balanced, accounts, findings, findingsOmitted, lines: summaryLines(accounts) };
}
/** `admit metro-avl: 120 in = 100 appended + 15 duplicate + 5 dead_lettered`, one line per step and feed. */
function summaryLines(accounts) {
    const sums = new Map();
    for (const { step, feed, posted, pending } of accounts) {
        const key = `${step} ${feed}`;
        const sum = sums.get(key) ?? new Map();
        sums.set(key, sum);
        for (const [outcome, count] of [...Object.entries(posted), ["pending", pending]]) {
            sum.set(outcome, (sum.get(outcome) ?? 0) + count);
        }
    }
    return [...sums]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, sum]) => {
        const step = key.slice(0, key.indexOf(" "));
        const words = step.startsWith("sink:")
            ? OUTCOMES.sink
            : OUTCOMES[step];
        const order = [...words, "pending"];
        const outcomes = [...sum]
            .filter(([outcome, count]) => outcome !== "in" && count !== 0)
            .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
        const text = outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(" + ");
        return `${key}: ${sum.get("in") ?? 0} in = ${text === "" ? "0" : text}`;
    });
}
