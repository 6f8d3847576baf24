import type { Chance } from "../runtime/runtime.js";

/** A line of the network: where it runs, where it stops, and how long a vehicle takes for its round trip. */
export interface CityLine {
	readonly gtfsRouteId: string;
	readonly name: string;
	readonly fleet: "bus" | "tram";
	readonly shape: readonly ShapePoint[];
	readonly lengthM: number;
	/** In the order of direction 0; direction 1 serves them backwards. */
	readonly stops: readonly CityStop[];
	/** One round trip: out, layover, back, layover. In order, without gaps, from 0 to `cycleS`. */
	readonly legs: readonly Leg[];
	readonly cycleS: number;
}

export interface ShapePoint {
	readonly latitude: number;
	readonly longitude: number;
	/** From the start of the line. */
	readonly distanceM: number;
}

export interface CityStop {
	readonly stopId: string;
	readonly name: string;
	readonly distanceM: number;
}

/** Something that a vehicle does for a while: drive to the next stop, wait at one, or lay over at the end. */
export interface Leg {
	readonly kind: "drive" | "dwell" | "layover";
	readonly startS: number;
	readonly endS: number;
	readonly fromM: number;
	readonly toM: number;
	readonly directionId: 0 | 1;
	/** The stop where it is or to which it drives: its number from 1 in this direction. */
	readonly stopSequence: number;
	readonly stopId: string;
	/** When the trip that this leg belongs to leaves its first stop, within the cycle. */
	readonly tripStartS: number;
}

export interface LineOptions {
	readonly gtfsRouteId: string;
	readonly name: string;
	readonly fleet: "bus" | "tram";
	readonly centre: { readonly latitude: number; readonly longitude: number };
}

export const METRES_PER_DEGREE = 111_320;
const SPACING_M = { bus: 380, tram: 620 } as const;
const SPEED_MPS = { bus: 7, tram: 9.5 } as const;
const STREETS = [
	"Mill",
	"Harbor",
	"Grove",
	"Union",
	"College",
	"Market",
	"Canal",
	"Depot",
	"Orchard",
	"Spring",
];

/** Builds a line through the centre of the city, on a grid of streets that is not quite regular. */
export function createLine(options: LineOptions, chance: Chance): CityLine {
	const shape = createShape(options, chance);
	const lengthM = shape.at(-1)?.distanceM ?? 0;
	const stops = createStops(options, lengthM, chance);
	const legs = createLegs(options.fleet, stops, chance);
	const { gtfsRouteId, name, fleet } = options;
	return { gtfsRouteId, name, fleet, shape, lengthM, stops, legs, cycleS: legs.at(-1)?.endS ?? 0 };
}

function createShape({ centre, fleet }: LineOptions, chance: Chance): ShapePoint[] {
	const scale = Math.cos((centre.latitude * Math.PI) / 180);
	// Out of one quarter of the city, through the middle, into another one: blocks east, then blocks north, in turns.
	const eastward = chance.next() < 0.5 ? 1 : -1;
	const northward = chance.next() < 0.5 ? 1 : -1;
	const blocks = (fleet === "tram" ? 14 : 18) + Math.floor(chance.next() * 6);
	const slant = 0.25 + chance.next() * 0.5;
	const corners: { x: number; y: number }[] = [{ x: 0, y: 0 }];
	let x = 0;
	let y = 0;
	for (let block = 0; block < blocks; block++) {
		const length = 330 + chance.next() * 420;
		if (chance.next() < slant) x += eastward * length;
		else y += northward * length;
		corners.push({ x, y });
	}
	const shiftX = x / 2 + (chance.next() - 0.5) * 2500;
	const shiftY = y / 2 + (chance.next() - 0.5) * 2500;
	let distanceM = 0;
	return corners.map((corner, i) => {
		const before = corners[i - 1] ?? corner;
		distanceM += Math.hypot(corner.x - before.x, corner.y - before.y);
		return {
			latitude: centre.latitude + (corner.y - shiftY) / METRES_PER_DEGREE,
			longitude: centre.longitude + (corner.x - shiftX) / (METRES_PER_DEGREE * scale),
			distanceM,
		};
	});
}

function createStops(options: LineOptions, lengthM: number, chance: Chance): CityStop[] {
	const count = Math.max(4, Math.round(lengthM / SPACING_M[options.fleet]) + 1);
	return Array.from({ length: count }, (_, i) => {
		const isEnd = i === 0 || i === count - 1;
		const even = (lengthM * i) / (count - 1);
		const street = STREETS[Math.floor(chance.next() * STREETS.length)] ?? "Main";
		const sway = isEnd ? 0 : (chance.next() - 0.5) * 0.4 * (lengthM / (count - 1));
		return {
			stopId: `${options.gtfsRouteId}${String(i + 1).padStart(2, "0")}`,
			name: isEnd ? `${street} Terminal` : `${street} St & ${i + 1} Av`,
			distanceM: even + sway,
		};
	});
}

function createLegs(fleet: "bus" | "tram", stops: readonly CityStop[], chance: Chance): Leg[] {
	const legs: Leg[] = [];
	let now = 0;
	for (const directionId of [0, 1] as const) {
		const served = directionId === 0 ? stops : [...stops].reverse();
		const layoverS = 240 + Math.round(chance.next() * 240);
		const tripStartS = now + layoverS;
		served.forEach((stop, i) => {
			const before = served[i - 1];
			const shared = { directionId, stopSequence: i + 1, stopId: stop.stopId, tripStartS };
			if (before === undefined) {
				const at = stop.distanceM;
				legs.push({ kind: "layover", startS: now, endS: tripStartS, fromM: at, toM: at, ...shared });
				now = tripStartS;
				return;
			}
			const speed = SPEED_MPS[fleet] * (0.8 + chance.next() * 0.4);
			const driveS = Math.max(20, Math.round(Math.abs(stop.distanceM - before.distanceM) / speed));
			const fromM = before.distanceM;
			const toM = stop.distanceM;
			legs.push({ kind: "drive", startS: now, endS: now + driveS, fromM, toM, ...shared });
			now += driveS;
			const dwellS = 6 + Math.round(chance.next() * 20);
			legs.push({ kind: "dwell", startS: now, endS: now + dwellS, fromM: toM, toM, ...shared });
			now += dwellS;
		});
	}
	return legs;
}

/** The place at a distance along the line, and the direction in which distances grow there. */
export function placeAt(
	line: CityLine,
	distanceM: number,
): { readonly latitude: number; readonly longitude: number; readonly headingDeg: number } {
	const { shape } = line;
	const found = shape.findIndex((point, i) => i > 0 && point.distanceM >= distanceM);
	const end = found < 1 ? shape.length - 1 : found;
	const a = shape[end - 1];
	const b = shape[end];
	if (a === undefined || b === undefined) return { latitude: 0, longitude: 0, headingDeg: 0 };
	const share = Math.min(1, Math.max(0, (distanceM - a.distanceM) / (b.distanceM - a.distanceM || 1)));
	const east = (b.longitude - a.longitude) * Math.cos((a.latitude * Math.PI) / 180);
	const headingDeg = (Math.atan2(east, b.latitude - a.latitude) * 180) / Math.PI;
	return {
		latitude: a.latitude + (b.latitude - a.latitude) * share,
		longitude: a.longitude + (b.longitude - a.longitude) * share,
		headingDeg: (headingDeg + 360) % 360,
	};
}
