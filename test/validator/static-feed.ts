/** What the rules need of a static GTFS feed, where there is one beside the real-time feed. */
export interface StaticFeed {
	readonly agencies: ReadonlySet<string>;
	readonly routes: ReadonlySet<string>;
	readonly trips: ReadonlyMap<string, StaticTrip>;
	readonly stops: ReadonlyMap<string, { readonly locationType: number; readonly at: Place }>;
	readonly shapes: ReadonlyMap<string, readonly Place[]>;
	/** By trip, in the order of their sequence. */
	readonly stopTimes: ReadonlyMap<string, readonly StaticStopTime[]>;
	/** By trip. `exact_times` of 0 and 1. */
	readonly frequencies: ReadonlyMap<string, readonly Frequency[]>;
}

export interface StaticTrip {
	readonly routeId: string;
	readonly directionId?: number;
	readonly shapeId?: string;
	readonly blockId?: string;
	/** `HH:MM:SS`, zero-padded. */
	readonly firstArrival?: string;
}

export interface StaticStopTime {
	readonly sequence: number;
	readonly stopId: string;
	readonly hasArrival: boolean;
	readonly hasDeparture: boolean;
}

export interface Frequency {
	readonly startS: number;
	readonly endS: number;
	readonly headwayS: number;
	readonly exactTimes: 0 | 1;
}

/** Latitude and longitude in degrees. */
export type Place = readonly [number, number];

const METRES_PER_DEGREE = 111_194.9;
const AREA_MARGIN_M = 1609;

/** The box around all shapes (stops where there are none), a mile wider on each side. */
export function isInArea(feed: StaticFeed, [latitude, longitude]: Place): boolean {
	const shaped = [...feed.shapes.values()].flat();
	const places = shaped.length > 0 ? shaped : [...feed.stops.values()].map((stop) => stop.at);
	if (places.length === 0) return true;
	let [south, north, west, east] = [90, -90, 180, -180];
	for (const [lat, lon] of places) {
		south = Math.min(south, lat);
		north = Math.max(north, lat);
		west = Math.min(west, lon);
		east = Math.max(east, lon);
	}
	const high = AREA_MARGIN_M / METRES_PER_DEGREE;
	const wide = high / Math.cos((latitude * Math.PI) / 180);
	return (
		latitude >= south - high &&
		latitude <= north + high &&
		longitude >= west - wide &&
		longitude <= east + wide
	);
}

/** Metres from a place to the nearest point of a line, on a plane that touches the earth at the place. */
export function metresToShape(place: Place, line: readonly Place[]): number {
	const scale = Math.cos((place[0] * Math.PI) / 180);
	const flat = line.map(([lat, lon]) => [
		(lon - place[1]) * scale * METRES_PER_DEGREE,
		(lat - place[0]) * METRES_PER_DEGREE,
	]);
	let nearest = Number.POSITIVE_INFINITY;
	for (let at = 0; at < flat.length; at++) {
		const [x1 = 0, y1 = 0] = flat[at] ?? [];
		const [x2 = 0, y2 = 0] = flat[Math.min(at + 1, flat.length - 1)] ?? [];
		const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
		const share = length === 0 ? 0 : Math.min(1, Math.max(0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length));
		nearest = Math.min(nearest, Math.hypot(x1 + share * (x2 - x1), y1 + share * (y2 - y1)));
	}
	return nearest;
}
