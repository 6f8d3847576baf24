/** One record as a sink got it. */
export interface Effect {
	readonly feed: string;
	readonly vehicleId: string;
	/** ISO 8601, UTC. */
	readonly eventTime: string;
}

/** What `undo` needs. */
export interface Seen {
	readonly effect: Effect;
	/** Of the same vehicle, what was newest before it. */
	readonly newestBefore: string | undefined;
	/** Whether the same item had been there before. */
	readonly isAgain: boolean;
}

/** Feed, vehicle and time: what identifies a report at both ends. */
export function itemOf({ feed, vehicleId, eventTime }: Effect): string {
	return `${feed} ${vehicleId} ${eventTime}`;
}

const FINDINGS_MAX = 20;

/**
 * What one sink may say about the promises: each report takes effect once, reports of a vehicle come in their order, and
 * what was settled comes at all. Knows nothing of the hub.
 */
export class SinkBook {
	readonly findings: string[] = [];
	effects = 0;
	readonly #name: string;
	readonly #seen = new Set<string>();
	readonly #newest = new Map<string, string>();
	/** Settled, and not seen here yet: item and when it was settled, as `settle` counts. */
	readonly #owed = new Map<string, number>();
	readonly #settled = new Map<string, number>();

	constructor(name: string) {
		this.#name = name;
	}

	/** The hub has answered for this report: from now on it must come. Answers how many were settled by now. */
	settle(effect: Effect): number {
		const item = itemOf(effect);
		const known = this.#settled.get(item);
		if (known !== undefined) return known;
		const number = this.#settled.size + 1;
		this.#settled.set(item, number);
		if (!this.#seen.has(item)) this.#owed.set(item, number);
		return number;
	}

	get settled(): number {
		return this.#settled.size;
	}

	/** A report took effect. Answers what `undo` needs to take it back. */
	take(effect: Effect): Seen {
		const item = itemOf(effect);
		const isAgain = this.#seen.has(item);
		if (isAgain) this.find(`${item} took effect twice`);
		const vehicle = `${effect.feed} ${effect.vehicleId}`;
		const newestBefore = this.#newest.get(vehicle);
		if (newestBefore !== undefined && newestBefore > effect.eventTime)
			this.find(`${item} came after the report of ${newestBefore}`);
		this.#seen.add(item);
		this.#newest.set(vehicle, effect.eventTime);
		this.#owed.delete(item);
		this.effects++;
		return { effect, newestBefore, isAgain };
	}

	/** Takes effects back, the newest first: a file that was cut never had them. */
	undo({ effect, newestBefore, isAgain }: Seen): void {
		const item = itemOf(effect);
		const vehicle = `${effect.feed} ${effect.vehicleId}`;
		if (newestBefore === undefined) this.#newest.delete(vehicle);
		else this.#newest.set(vehicle, newestBefore);
		this.effects--;
		if (isAgain) return;
		this.#seen.delete(item);
		const number = this.#settled.get(item);
		if (number !== undefined) this.#owed.set(item, number);
	}

	/** Items among the first so many settled ones that have not come. */
	missing(settledMax = Number.POSITIVE_INFINITY): readonly string[] {
		return [...this.#owed].filter(([, number]) => number <= settledMax).map(([item]) => item);
	}

	/** When each vehicle of a feed was last reported. */
	newestOf(feed: string): ReadonlyMap<string, string> {
		const newest = new Map<string, string>();
		for (const [vehicle, time] of this.#newest)
			if (vehicle.startsWith(`${feed} `)) newest.set(vehicle.slice(feed.length + 1), time);
		return newest;
	}

	find(message: string): void {
		if (this.findings.length < FINDINGS_MAX) this.findings.push(`${this.#name}: ${message}`);
	}
}
