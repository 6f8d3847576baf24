import type { UnresolvedReason } from "../model/observation.js";
import { type EpochMs, MINUTE_MS } from "../model/units.js";

/** Records with an assignment, and how many of them named a trip of the schedule. */
export interface Matched {
	readonly resolved: number;
	readonly unresolved: number;
}

export interface MatchSums {
	/** Since the start. */
	readonly total: Matched;
	/** Of the last quarter to half of an hour. */
	readonly recent: Matched;
	/** Since the start. */
	readonly reasons: Readonly<Partial<Record<UnresolvedReason, number>>>;
	/** By route of the schedule; records of any other route stand under the empty name. */
	readonly routes: readonly {
		readonly gtfsRouteId: string;
		readonly total: Matched;
		readonly recent: Matched;
	}[];
}

const TURN_MS = 15 * MINUTE_MS;
/** Routes that are counted by name; more than any agency has. */
const ROUTES_MAX = 5_000;

class Tally {
	resolved = 0;
	unresolved = 0;
	/** Of the present quarter of an hour and of the one before. */
	nowResolved = 0;
	nowUnresolved = 0;
	beforeResolved = 0;
	beforeUnresolved = 0;

	add(isResolved: boolean): void {
		if (isResolved) {
			this.resolved++;
			this.nowResolved++;
		} else {
			this.unresolved++;
			this.nowUnresolved++;
		}
	}

	turn(): void {
		this.beforeResolved = this.nowResolved;
		this.beforeUnresolved = this.nowUnresolved;
		this.nowResolved = 0;
		this.nowUnresolved = 0;
	}

	get sums(): { readonly total: Matched; readonly recent: Matched } {
		return {
			total: { resolved: this.resolved, unresolved: this.unresolved },
			recent: {
				resolved: this.nowResolved + this.beforeResolved,
				unresolved: this.nowUnresolved + this.beforeUnresolved,
			},
		};
	}
}

/** Counts which records name a trip of the schedule. Vehicles without any assignment are counted apart: they name none. */
export class MatchRate {
	readonly #all = new Tally();
	readonly #routes = new Map<string, Tally>();
	readonly #reasons = new Map<UnresolvedReason, number>();
	#turn = 0;

	/** `gtfsRouteId`: a route of the schedule, or undefined. `reason`: why the trip did not resolve. */
	add(gtfsRouteId: string | undefined, reason: UnresolvedReason | undefined, now: EpochMs): void {
		const turn = Math.floor(now / TURN_MS);
		if (turn !== this.#turn) this.#next(turn);
		if (reason !== undefined) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
		if (reason === "unassigned") return;
		this.#all.add(reason === undefined);
		const name = gtfsRouteId ?? "";
		let route = this.#routes.get(name);
		if (route === undefined) {
			if (this.#routes.size >= ROUTES_MAX) return;
			route = new Tally();
			this.#routes.set(name, route);
		}
		route.add(reason === undefined);
	}

	get sums(): MatchSums {
		return {
			...this.#all.sums,
			reasons: Object.fromEntries(this.#reasons),
			routes: [...this.#routes].map(([gtfsRouteId, route]) => ({ gtfsRouteId, ...route.sums })),
		};
	}

	#next(turn: number): void {
		const isLater = turn === this.#turn + 1;
		this.#turn = turn;
		for (const tally of [this.#all, ...this.#routes.values()]) {
			tally.turn();
			if (!isLater) tally.turn();
		}
	}
}

/** From 0 to 1; undefined while there is nothing to count. */
export function shareOf({ resolved, unresolved }: Matched): number | undefined {
	return resolved + unresolved === 0 ? undefined : resolved / (resolved + unresolved);
}
