import { PastFrames, RedecodeBatch } from "./redecode.js";
/** Decoding again takes turns with live frames, because it needs windows and marks to stand still while it compares. */
export class RedecodeTurns {
    #workshop;
    #past;
    #turns = [];
    constructor(workshop) {
        this.#workshop = workshop;
        this.#past = new PastFrames(workshop.log, workshop.readmitter);
    }
    get isWaiting() {
        return this.#turns.length > 0;
    }
    next() {
        return this.#turns.shift();
    }
    /** The frames wait for their turn; the answer rejects when there will be none. */
    add(frames, more, options = {}) {
        return new Promise((resolve, reject) => {
            this.#turns.push(() => this.#redecode(frames, more, options).then(resolve, reject));
        });
    }
    /** Intake can do nothing any more: who waits is told so. */
    refuse() {
        for (const turn of this.#turns.splice(0))
            void turn();
    }
    async #redecode(frames, more, { dry = false }) {
        const workshop = this.#workshop;
        const trouble = workshop.trouble();
        if (trouble !== undefined)
            throw trouble;
        const batch = new RedecodeBatch(workshop.readmitter, workshop.now());
        for (const frame of frames) {
            batch.add(frame, workshop.readerOf(frame), await this.#past.before(frame));
        }
        if (dry)
            return batch.counts;
        const { append = [], ledger = [] } = batch.finish(await this.#past.openAmong(batch.letters));
        await workshop.commit({ append, ledger, ...more(batch.frames, batch.counts) });
        workshop.remember(batch.appended);
        if (batch.appended.length > 0 || batch.isReadOtherwise)
            this.#past.forget();
        return batch.counts;
    }
}
