import type { Chance } from "../runtime/runtime.js";
import type { DayType } from "./city-days.js";
import { type CityLine, METRES_PER_DEGREE, type Pattern, placeAt } from "./city-line.js";

/** What a vehicle does for a while, in seconds of its service day. */
export type Piece =
	/** Switched on, in the depot. */
	| { readonly kind: "depot"; readonly startS: number; readonly endS: number }
	/** To the line, or from it. */
	| {
			readonly kind: "deadhead";
			readonly startS: number;
			readonly endS: number;
			readonly isOut: boolean;
			readonly at: Place;
	  }
	/** Before a trip, where that one begins. */
	| {
			readonly kind: "layover";
			readonly startS: number;
			readonly endS: number;
			readonly trip: Trip;
			/** Long enough to switch everything off. */
			readonly hasRest: boolean;
	  }
	| { readonly kind: "trip"; readonly startS: number; readonly endS: number; readonly trip: Trip };

export interface Place {
	readonly latitude: number;
	readonly longitude: number;
}

export interface Trip {
	readonly tripId: string;
	readonly pattern: Pattern;
	readonly startS: number;
	/** How much longer it takes than at quiet times. */
	readonly scale: number;
}

/** What a vehicle does from pull-out to pull-in. */
export interface Block {
	readonly blockId: string;
	readonly startS: number;
	readonly endS: number;
	/** In order, without gaps. */
	readonly pieces: readonly Piece[];
}

/**
 * `weekday`: service from early morning to past midnight, more of it at peak, less at weekends. `round-the-clock`: every
 * vehicle runs day and night but for an hour's rest, so that any hour is worth looking at.
 */
export type Service = "weekday" | "round-the-clock";

const HOUR_S = 3600;
/** How long a run takes against quiet times, by hour of the day. */
const TRAFFIC: Readonly<Record<DayType, readonly number[]>> = {
	weekday: [
		1, 1, 1, 1, 1, 1.02, 1.1, 1.25, 1.28, 1.15, 1.08, 1.1, 1.13, 1.12, 1.14, 1.22, 1.32, 1.38, 1.25, 1.12,
		1.06, 1.03, 1, 1,
	],
	weekend: [
		1, 1, 1, 1, 1, 1, 1, 1.02, 1.04, 1.06, 1.1, 1.14, 1.16, 1.16, 1.16, 1.14, 1.12, 1.1, 1.08, 1.05, 1.03, 1,
		1, 1,
	],
};
const DEADHEAD_MPS = 10;
const PULL_OUT_S = 420;
const PULL_IN_S = 240;
const REST_S = 1500;
/** Below this a layover is too short to switch off. */
export const SWITCH_OFF_AFTER_S = 240;
export const SWITCH_ON_BEFORE_S = 60;

export function trafficAt(day: DayType, atS: number): number {
	const hour = Math.floor(atS / HOUR_S) % 24;
	const share = (atS / HOUR_S) % 1;
	const table = TRAFFIC[day];
	const now = table[hour] ?? 1;
	return now + ((table[(hour + 1) % 24] ?? 1) - now) * share;
}

export interface BlockPlan {
	readonly blockId: string;
	readonly line: CityLine;
	readonly depot: Place;
	readonly day: DayType;
	/** When it leaves its first terminal. */
	readonly firstS: number;
	/** No trip ends after this, but the first one. */
	readonly lastS: number;
	readonly firstDirection: 0 | 1;
	/** When the driver has a break, at the next end of the line. */
	readonly breaksS: readonly number[];
	readonly nextTripId: () => string;
}

/** Chains trips from end to end until it is time to pull in. */
export function createBlock(plan: BlockPlan): Block {
	const { line, depot, day, firstS, lastS, breaksS } = plan;
	const pieces: Piece[] = [];
	let direction: 0 | 1 = plan.firstDirection;
	let now = firstS;
	let breaksTaken = 0;
	const endOf = (pattern: Pattern, isStart: boolean) =>
		placeAt(line, (isStart ? pattern.firstStop : pattern.lastStop).distanceM);
	const startAt = endOf(line.patterns[direction], true);
	const outS = deadheadS(depot, startAt);
	const pullOutS = firstS - outS;
	pieces.push({ kind: "depot", startS: pullOutS - PULL_OUT_S, endS: pullOutS });
	pieces.push({ kind: "deadhead", startS: pullOutS, endS: firstS, isOut: true, at: startAt });
	for (;;) {
		const pattern = line.patterns[direction];
		const isBreak = now > (breaksS[breaksTaken] ?? Number.POSITIVE_INFINITY);
		if (isBreak) breaksTaken++;
		const leaveS = Math.ceil((now + (isBreak ? REST_S : pattern.layoverS)) / 60) * 60;
		const scale = trafficAt(day, leaveS);
		const arriveS = leaveS + Math.round(pattern.runS * scale);
		if (arriveS > lastS && pieces.length > 2) break;
		const trip = { tripId: plan.nextTripId(), pattern, startS: leaveS, scale };
		pieces.push({
			kind: "layover",
			startS: now,
			endS: leaveS,
			trip,
			hasRest: leaveS - now >= SWITCH_OFF_AFTER_S + 2 * SWITCH_ON_BEFORE_S,
		});
		now = arriveS;
		pieces.push({ kind: "trip", startS: leaveS, endS: now, trip });
		direction = direction === 0 ? 1 : 0;
	}
	const at = endOf(line.patterns[direction], true);
	const inS = now + deadheadS(at, depot);
	pieces.push({ kind: "deadhead", startS: now, endS: inS, isOut: false, at });
	pieces.push({ kind: "depot", startS: inS, endS: inS + PULL_IN_S });
	return {
		blockId: plan.blockId,
		startS: pieces[0]?.startS ?? 0,
		endS: inS + PULL_IN_S,
		pieces,
	};
}

/** Around the blocks of the grid. */
export function deadheadLengthM(from: Place, to: Place): number {
	const scale = Math.cos((from.latitude * Math.PI) / 180);
	const north = Math.abs(to.latitude - from.latitude);
	const east = Math.abs(to.longitude - from.longitude) * scale;
	return (north + east) * METRES_PER_DEGREE;
}

function deadheadS(from: Place, to: Place): number {
	return Math.max(60, Math.round(deadheadLengthM(from, to) / DEADHEAD_MPS));
}

export interface LineServiceOptions {
	readonly line: CityLine;
	readonly count: number;
	readonly depot: Place;
	readonly service: Service;
	readonly chance: Chance;
}

/** Per vehicle of a line: its blocks of each day. A vehicle that only runs at peak has two on weekdays. */
export function createLineService(
	options: LineServiceOptions,
): readonly Readonly<Record<DayType, readonly Block[]>>[] {
	const { line, count, depot, service, chance } = options;
	const trips = { weekday: 0, weekend: 0 };
	const code = { weekday: "WD", weekend: "WE" } as const;
	const block = (
		day: DayType,
		vehicle: number,
		part: string,
		plan: Pick<BlockPlan, "firstS" | "lastS" | "firstDirection" | "breaksS">,
	): Block =>
		createBlock({
			...plan,
			blockId: `${line.gtfsRouteId}-${String(vehicle + 1).padStart(2, "0")}${part}`,
			line,
			depot,
			day,
			nextTripId: () => `${line.gtfsRouteId}-${code[day]}-${String(++trips[day]).padStart(4, "0")}`,
		});
	if (service === "round-the-clock") {
		return Array.from({ length: count }, (_, i) => {
			// Their rests are spread over the small hours. A start time above 29:59:59 would not be valid, and a day in spring
			// has 23 hours.
			const turns = Math.floor((Math.floor((5 * HOUR_S) / line.cycleS) * i) / count);
			const firstS = Math.round(2.3 * HOUR_S + line.cycleS * (turns + i / count));
			const lastS = Math.min(firstS + 21.8 * HOUR_S, 29.9 * HOUR_S);
			const plan = {
				firstS,
				lastS,
				firstDirection: (i % 2) as 0 | 1,
				breaksS: [firstS + 6 * HOUR_S, firstS + 14 * HOUR_S],
			};
			return { weekday: [block("weekday", i, "", plan)], weekend: [block("weekend", i, "", plan)] };
		});
	}
	const peakOnly = Math.floor(count / 3);
	const base = count - peakOnly;
	const atWeekend = Math.max(1, Math.round(base * 0.75));
	return Array.from({ length: count }, (_, i) => {
		const isBase = i < base;
		const among = isBase ? base : peakOnly;
		const place = isBase ? i / among : (i - base + 0.5) / among;
		const offsetS = Math.round((line.cycleS * place) % (line.cycleS / 2));
		const firstDirection: 0 | 1 = place < 0.5 ? 0 : 1;
		const isLate = isBase && i % 3 === 0;
		const lastS = (isLate ? 26 : 20 + chance.next() * 2.5) * HOUR_S;
		if (!isBase) {
			const early = { firstS: 6.2 * HOUR_S + offsetS, lastS: 9.8 * HOUR_S, firstDirection, breaksS: [] };
			const late = { firstS: 14.8 * HOUR_S + offsetS, lastS: 19 * HOUR_S, firstDirection, breaksS: [] };
			return { weekday: [block("weekday", i, "a", early), block("weekday", i, "b", late)], weekend: [] };
		}
		const breaksS = [10 + chance.next() * 3, 17.5 + chance.next() * 2].map((hour) => hour * HOUR_S);
		const weekday = block("weekday", i, "", { firstS: 5 * HOUR_S + offsetS, lastS, firstDirection, breaksS });
		if (i >= atWeekend) return { weekday: [weekday], weekend: [] };
		const plan = {
			firstS: 6.5 * HOUR_S + offsetS,
			lastS: lastS - (isLate ? 0 : HOUR_S),
			firstDirection,
			breaksS,
		};
		return { weekday: [weekday], weekend: [block("weekend", i, "", plan)] };
	});
}
