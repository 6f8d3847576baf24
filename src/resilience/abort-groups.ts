/** Somebody who wants to know when a signal aborts. */
export interface Abortable {
	/** Called in the same turn, at most once per subscription. */
	onAbort(reason: unknown): void;
}

class AbortGroup {
	readonly members = new Set<Abortable>();
	readonly #signal: AbortSignal;

	constructor(signal: AbortSignal) {
		this.#signal = signal;
		signal.addEventListener("abort", this);
	}

	handleEvent(): void {
		const members = [...this.members];
		this.close();
		for (const member of members) member.onAbort(this.#signal.reason);
	}

	close(): void {
		this.members.clear();
		this.#signal.removeEventListener("abort", this);
		groups.delete(this.#signal);
	}
}

/**
 * One listener per signal, however many jobs of however many upstreams share it (rule 18): eleven listeners on one signal
 * already make Node warn of a leak. This is the one thing that upstreams have in common. It holds nothing that a job could
 * observe, and is forgotten with the signal.
 */
const groups = new WeakMap<AbortSignal, AbortGroup>();

export function subscribe(signal: AbortSignal, member: Abortable): void {
	let group = groups.get(signal);
	if (group === undefined) {
		group = new AbortGroup(signal);
		groups.set(signal, group);
	}
	group.members.add(member);
}

export function unsubscribe(signal: AbortSignal, member: Abortable): void {
	const group = groups.get(signal);
	if (group?.members.delete(member) && group.members.size === 0) group.close();
}
