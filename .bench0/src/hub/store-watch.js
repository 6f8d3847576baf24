import { balanceLedger } from "../log/audit.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { applyRetention } from "../routes/retention.js";
import { LetterLimits } from "./letter-limits.js";
/** The running check looks at the accounts of the last hour; `wayside ledger` looks at all of them. */
const AUDIT_WINDOW_MS = HOUR_MS;
/** The status tells of so many causes of dead letters; there are seldom more than a few. */
const CAUSES_MAX = 20;
/** What the hub knows of its store and ledger, and the turns in which it finds out: retention, room, balance. */
export class StoreWatch {
    #options;
    #failure;
    #usage = [];
    #letterLimits = new LetterLimits();
    #causes;
    #freeBytes;
    #ledger = { balanced: undefined, checkedTime: undefined, sentence: "Not checked yet." };
    constructor(options) {
        this.#options = options;
    }
    /** What the store refuses, while it does. */
    get failure() {
        return this.#failure;
    }
    get ledger() {
        return this.#ledger;
    }
    status() {
        const failure = this.#failure;
        const state = failure === undefined ? "ok" : failure.code === "store.full" ? "full" : "failed";
        const sentence = failure?.message ?? "Commits are durable.";
        const { filled: deadLettersFilled } = this.#letterLimits;
        const [topics, freeBytes, deadLetters] = [this.#usage, this.#freeBytes, this.#causes];
        return { state, sentence, topics, freeBytes, deadLettersFilled, deadLetters };
    }
    /** Called when the store cannot commit, and when it can again (`undefined`). */
    trouble(failure) {
        if (failure?.code === this.#failure?.code)
            return;
        this.#failure = failure;
        // What was measured a minute ago would contradict what has just been found out.
        void this.#measure();
        const { onEvent } = this.#options;
        if (failure)
            onEvent("store", "error", "store.trouble", failure.message, { failure: failure.code });
        else
            onEvent("store", "info", "store.recovered", "Commits are durable again.");
    }
    async retain() {
        const { log, runtime, delivering, onEvent } = this.#options;
        const store = this.#options.config().store;
        const gone = await applyRetention(log, store, delivering(), runtime.clock.now());
        for (const message of gone)
            onEvent("store", "info", "store.retention", message);
        this.#usage = await log.usage();
        const news = await this.#letterLimits.judge(log, this.#usage, store.deadLetters, runtime.clock.now());
        if (news)
            onEvent("store", news.level, news.code, news.message, news.details);
        const issues = await log.letterIssues();
        this.#causes = issues
            .filter(({ open }) => open > 0)
            .slice(0, CAUSES_MAX)
            .map(({ id, subject, code, open, firstTime, lastTime }) => ({
            id,
            subject,
            code,
            open,
            firstTime,
            lastTime,
        }));
        await this.#measure();
    }
    async #measure() {
        const { runtime, config } = this.#options;
        try {
            this.#freeBytes = (await runtime.files.space(config().store.directory)).freeBytes;
        }
        catch {
            // A simulated world has no disk. On a real one, what cannot be measured is not stated; a full disk is told by commits.
            this.#freeBytes = undefined;
        }
    }
    async checkLedger() {
        const { log, runtime, onEvent } = this.#options;
        const checkedTime = runtime.clock.now();
        const fromMinute = Math.floor((checkedTime - AUDIT_WINDOW_MS) / MINUTE_MS);
        const { balanced, sentence } = await balanceLedger(log, {
            fromMinute,
            sinks: this.#options.config().sinks,
        });
        const before = this.#ledger.balanced;
        if (!balanced && before !== false)
            onEvent("ledger", "error", "ledger.unbalanced", sentence);
        if (balanced && before === false)
            onEvent("ledger", "info", "ledger.balanced", sentence);
        this.#ledger = { balanced, checkedTime, sentence };
    }
}
