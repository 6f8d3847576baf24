import { describe, expect, it } from "vitest";
import { Geodesy, isPosition, projectionFault } from "./geodesy.js";

const geodesy = new Geodesy();

/** Metres between two places that are close to each other. */
function distanceM(a: { latitude: number; longitude: number }, latitude: number, longitude: number): number {
	const metresPerDegree = 111_195;
	const north = (a.latitude - latitude) * metresPerDegree;
	const east = (a.longitude - longitude) * metresPerDegree * Math.cos((latitude * Math.PI) / 180);
	return Math.hypot(north, east);
}

describe("positions in national grids", () => {
	// The published control points of RDNAPTRANS, and the reference point of the grid.
	const known: [string, number, number, number, number][] = [
		["Texel", 117_380.12, 575_040.34, 53.160753042, 4.824761912],
		["Noord-Groningen", 247_380.56, 604_580.78, 53.41948205, 6.776726674],
		["Amersfoort", 155_000, 463_000, 52.155172897, 5.387203657],
		["Zeeuws-Vlaanderen", 16_460.91, 377_380.123, 51.368607152, 3.397588595],
		["Zuid-Limburg", 182_260.45, 311_480.67, 50.792584916, 5.773795548],
	];
	it.each(known)("reads Rijksdriehoek within a metre: %s", (_name, x, y, latitude, longitude) => {
		const found = geodesy.toWgs84("EPSG:28992", x, y);
		expect(found && distanceM(found, latitude, longitude)).toBeLessThan(0.3);
	});

	it("reads Lambert-93, the British grid and Lambert II extended at their reference points", () => {
		const lambert = geodesy.toWgs84("EPSG:2154", 700_000, 6_600_000);
		expect(lambert && distanceM(lambert, 46.5, 3)).toBeLessThan(0.01);
		// Ordnance Survey's worked example: Caister water tower, within what seven parameters can give.
		const british = geodesy.toWgs84("EPSG:27700", 651_409.903, 313_177.27);
		expect(british && distanceM(british, 52.658007833, 1.716073973)).toBeLessThan(5);
		// The origin of zone II, 46.8 N on the meridian of Paris, in NTF; the datum lies within 100 m of WGS84.
		const extended = geodesy.toWgs84("EPSG:27572", 600_000, 2_200_000);
		expect(extended && distanceM(extended, 46.8, 2.337229)).toBeLessThan(100);
	});

	it("knows a system by every way to write its name", () => {
		const names = [
			"EPSG:2154",
			"epsg:2154",
			"2154",
			"urn:ogc:def:crs:EPSG::2154",
			"http://www.opengis.net/def/crs/EPSG/0/2154",
			"Lambert-93",
		];
		const places = names.map((name) => geodesy.toWgs84(name, 1_044_593, 6_298_716));
		for (const place of places) expect(place).toEqual(places[0]);
		// Nice: the bus of the French sample, whose next stop is Carabacel.
		expect(places[0] && distanceM(places[0], 43.7035, 7.2762)).toBeLessThan(100);
		expect(names.every((name) => geodesy.knows(name))).toBe(true);
		expect(geodesy.knows("EPSG:99999")).toBe(false);
	});

	it("reads degrees in the order that the name asks for", () => {
		expect(geodesy.toWgs84("WGS84", 5.1, 52)).toEqual({ latitude: 52, longitude: 5.1 });
		expect(geodesy.toWgs84("EPSG:4326", 5.1, 52)).toEqual({ latitude: 52, longitude: 5.1 });
		expect(geodesy.toWgs84("urn:ogc:def:crs:OGC:1.3:CRS84", 5.1, 52)).toEqual({
			latitude: 52,
			longitude: 5.1,
		});
		expect(geodesy.toWgs84("urn:ogc:def:crs:EPSG::4326", 52, 5.1)).toEqual({ latitude: 52, longitude: 5.1 });
	});

	it("refuses what cannot be a place in the system", () => {
		for (const [x, y] of [
			[0, 0],
			[1e9, 1e9],
			[Number.NaN, 1],
			[455_934, 138_559],
		] as const) {
			expect(geodesy.toWgs84("EPSG:28992", x, y)).toBeUndefined();
		}
		expect(geodesy.toWgs84("EPSG:1", 1, 1)).toBeUndefined();
		expect(geodesy.toWgs84("constructor", 1, 1)).toBeUndefined();
		expect(isPosition(0, 0)).toBe(false);
		expect(isPosition(Number.NaN, 1)).toBe(false);
		expect(isPosition(-90, 180)).toBe(true);
	});

	it("takes further systems by their definition", () => {
		const utm32 = "+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs";
		const added = new Geodesy({ "EPSG:25832": utm32 });
		const place = added.toWgs84("urn:ogc:def:crs:EPSG::25832", 500_000, 5_761_038);
		expect(place && distanceM(place, 52, 9)).toBeLessThan(10);
		expect(projectionFault(utm32)).toBeUndefined();
		expect(projectionFault("+proj=nonsense")).toBeDefined();
		expect(projectionFault("")).toBeDefined();
	});
});
