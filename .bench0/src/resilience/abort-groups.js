/** All who wait for one signal, in the order in which they came. */
class AbortGroup {
    #signal;
    first = null;
    last = null;
    constructor(signal) {
        this.#signal = signal;
        signal.addEventListener("abort", this);
    }
    /** Who leaves while the others are told is told nothing; who comes meanwhile belongs to the next group. */
    handleEvent() {
        this.close();
        for (let one = this.first; one !== null; one = this.first) {
            one.end();
            one.member.onAbort(this.#signal.reason);
        }
    }
    close() {
        this.#signal.removeEventListener("abort", this);
        if (groups.get(this.#signal) === this)
            groups.delete(this.#signal);
    }
}
/** One of a group, linked to its neighbours: it joins and leaves at the same cost among two and among 16,000. */
export class Subscription {
    member;
    /** Null when it is over. */
    #group;
    #previous;
    #next = null;
    constructor(member, group) {
        this.member = member;
        this.#group = group;
        this.#previous = group.last;
        if (group.last === null)
            group.first = this;
        else
            group.last.#next = this;
        group.last = this;
    }
    /** The signal's listener goes with the last of its group. */
    end() {
        const group = this.#group;
        if (group === null)
            return;
        this.#group = null;
        if (this.#previous === null)
            group.first = this.#next;
        else
            this.#previous.#next = this.#next;
        if (this.#next === null)
            group.last = this.#previous;
        else
            this.#next.#previous = this.#previous;
        if (group.first === null)
            group.close();
    }
}
/**
 * One listener per signal, however many jobs of however many upstreams share it (rule 18): eleven listeners on one signal
 * already make Node warn of a leak. This is the one thing that upstreams have in common. It holds nothing that a job could
 * observe, and is forgotten with the signal.
 */
const groups = new WeakMap();
export function subscribe(signal, member) {
    let group = groups.get(signal);
    if (group === undefined) {
        group = new AbortGroup(signal);
        groups.set(signal, group);
    }
    return new Subscription(member, group);
}
