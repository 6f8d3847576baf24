/** Changes of readers and sinks that wait for the moment between two commits at which nothing of their feeds is in hand. */
export class WaitingChanges {
    #waiting = [];
    get isEmpty() {
        return this.#waiting.length === 0;
    }
    add(feeds, run) {
        return new Promise((resolve, reject) => this.#waiting.push({ feeds, run, resolve, reject }));
    }
    /** The next one may be made: nothing of any of its feeds is in hand. */
    isDue(isInHand) {
        const [change] = this.#waiting;
        return change !== undefined && ![...change.feeds].some(isInHand);
    }
    async make() {
        const change = this.#waiting.shift();
        if (change !== undefined)
            await change.run().then(change.resolve, change.reject);
    }
    refuse(failure) {
        for (const change of this.#waiting.splice(0))
            change.reject(failure);
    }
}
