import type { Failure } from "../model/failure.js";

interface Change {
	readonly feeds: ReadonlySet<string>;
	readonly run: () => Promise<void>;
	readonly resolve: () => void;
	readonly reject: (reason: unknown) => void;
}

/** Changes of readers and sinks that wait for the moment between two commits at which nothing of their feeds is in hand. */
export class WaitingChanges {
	readonly #waiting: Change[] = [];

	get isEmpty(): boolean {
		return this.#waiting.length === 0;
	}

	add(feeds: ReadonlySet<string>, run: () => Promise<void>): Promise<void> {
		return new Promise<void>((resolve, reject) => this.#waiting.push({ feeds, run, resolve, reject }));
	}

	/** The next one may be made: nothing of any of its feeds is in hand. */
	isDue(isInHand: (feed: string) => boolean): boolean {
		const [change] = this.#waiting;
		return change !== undefined && ![...change.feeds].some(isInHand);
	}

	async make(): Promise<void> {
		const change = this.#waiting.shift();
		if (change !== undefined) await change.run().then(change.resolve, change.reject);
	}

	refuse(failure: Failure): void {
		for (const change of this.#waiting.splice(0)) change.reject(failure);
	}
}
