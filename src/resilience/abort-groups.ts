/** Somebody who wants to know when a signal aborts. */
export interface Abortable {
	/** Called in the same turn, at most once per subscription. */
	onAbort(reason: unknown): void;
}

/** All who wait for one signal, in the order in which they came. */
class AbortGroup {
	readonly #signal: AbortSignal;
	first: Subscription | null = null;
	last: Subscription | null = null;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
		signal.addEventListener("abort", this);
	}

	/** Who leaves while the others are told is told nothing; who comes meanwhile belongs to the next group. */
	handleEvent(): void {
		this.close();
		for (let one = this.first; one !== null; one = this.first) {
			one.end();
			one.member.onAbort(this.#signal.reason);
		}
	}

	close(): void {
		this.#signal.removeEventListener("abort", this);
		if (groups.get(this.#signal) === this) groups.delete(this.#signal);
	}
}

/** One of a group, linked to its neighbours: it joins and leaves at the same cost among two and among 16,000. */
export class Subscription {
	readonly member: Abortable;
	/** Null when it is over. */
	#group: AbortGroup | null;
	#previous: Subscription | null;
	#next: Subscription | null = null;

	constructor(member: Abortable, group: AbortGroup) {
		this.member = member;
		this.#group = group;
		this.#previous = group.last;
		if (group.last === null) group.first = this;
		else group.last.#next = this;
		group.last = this;
	}

	/** The signal's listener goes with the last of its group. */
	end(): void {
		const group = this.#group;
		if (group === null) return;
		this.#group = null;
		if (this.#previous === null) group.first = this.#next;
		else this.#previous.#next = this.#next;
		if (this.#next === null) group.last = this.#previous;
		else this.#next.#previous = this.#previous;
		if (group.first === null) group.close();
	}
}

/**
 * One listener per signal, however many jobs of however many upstreams share it (rule 18): eleven listeners on one signal
 * already make Node warn of a leak. This is the one thing that upstreams have in common. It holds nothing that a job could
 * observe, and is forgotten with the signal.
 */
const groups = new WeakMap<AbortSignal, AbortGroup>();

export function subscribe(signal: AbortSignal, member: Abortable): Subscription {
	let group = groups.get(signal);
	if (group === undefined) {
		group = new AbortGroup(signal);
		groups.set(signal, group);
	}
	return new Subscription(member, group);
}
