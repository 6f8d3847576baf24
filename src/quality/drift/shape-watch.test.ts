import { expect, it } from "vitest";
import { ShapeWatch } from "./shape-watch.js";

const encoder = new TextEncoder();

function rows(count: number, change: (row: Record<string, unknown>) => unknown = (row) => row): string {
	const all = Array.from({ length: count }, (_, at) =>
		change({ vid: `bus-${at}`, lat: 41.8 + at / 1000, lon: -87.7, spd: at, driver: "Jane Doe" }),
	);
	return JSON.stringify({ generated: "07:30:11", vehicles: all });
}

function told(watch: ShapeWatch, text: string, frames: number, items = 20, rejected = 0) {
	const news = [];
	for (let frame = 0; frame < frames; frame++) {
		const one = watch.look({ bytes: encoder.encode(text), offset: frame, items, rejected });
		if (one !== undefined) news.push(one);
	}
	return news;
}

it("tells once, of a field that is renamed, what is gone and what is new, without what anybody said", () => {
	const watch = new ShapeWatch();
	expect(told(watch, rows(40), 12)).toEqual([]);
	const renamed = rows(40, ({ lat, ...row }) => ({ ...row, latitude: lat }));
	const news = told(watch, renamed, 6, 0, 40);
	expect(news).toMatchObject([
		{
			change: "breaking",
			level: "warn",
			details: { gone: ["lat"], new: ["latitude"], firstFrame: 0, rejected: 40 },
		},
	]);
	expect(news[0]?.message).toMatch(/^Payloads have another shape; gone: lat; new: latitude\. 0 items/);
	expect(JSON.stringify(news)).not.toMatch(/Jane|bus-\d|41\.8/);
});

it("tells of another type, and of one field more, as what need not trouble anybody", () => {
	const watch = new ShapeWatch();
	told(watch, rows(40), 12);
	expect(
		told(
			watch,
			rows(40, (row) => ({ ...row, spd: String(row["spd"]) })),
			4,
		),
	).toMatchObject([{ change: "tolerable", level: "info", details: { retyped: ["spd"] } }]);
	expect(
		told(
			watch,
			rows(40, (row) => ({ ...row, spd: String(row["spd"]), depot: "n" })),
			4,
		),
	).toMatchObject([{ change: "compatible", level: "info", details: { new: ["depot"] } }]);
});

it("is quiet when a short list becomes long, behind which something stands", () => {
	const watch = new ShapeWatch();
	const page = (count: number) => rows(count).replace(/\}$/, ',"more":false}');
	expect(told(watch, page(3), 12)).toEqual([]);
	expect(told(watch, page(90), 40)).toEqual([]);
	expect(told(watch, rows(90), 4)).toMatchObject([{ change: "breaking", details: { gone: ["more"] } }]);
});

it("is quiet about sentences of devices, which have no names", () => {
	const watch = new ShapeWatch();
	for (let at = 0; at < 60; at++) {
		const sum = (at * 7).toString(16).padStart(2, "0");
		expect(
			told(watch, `$GPRMC,0729${at},A,4151.${at},N,08737.1,W,1${at}.4,80.1,051126,,*${sum}`, 1, 1),
		).toEqual([]);
		expect(told(watch, `>RPV${27000 + at}+4187811-0876234502${at}12;ID=10${at}<`, 1, 1)).toEqual([]);
	}
});

it("is quiet at night, when the list is empty, and about keys that are numbers", () => {
	const watch = new ShapeWatch();
	told(watch, rows(40), 12);
	expect(told(watch, rows(0), 20, 0)).toEqual([]);
	expect(told(watch, rows(40), 5)).toEqual([]);
	const keyed = new ShapeWatch();
	for (let frame = 0; frame < 40; frame++) {
		const text = JSON.stringify({ [`10${frame}7`]: { lat: 1 }, [`20${frame}8`]: { lat: 2 } });
		expect(told(keyed, text, 1)).toEqual([]);
	}
});

it("reads XML, and the header of CSV whatever the delimiter", () => {
	const xml = new ShapeWatch();
	told(xml, "<r><v><Lat>1</Lat><Spd>2</Spd></v></r>", 12);
	expect(told(xml, "<r><v><Lat>1</Lat><Speed>2</Speed></v></r>", 4)).toMatchObject([
		{ details: { gone: ["Spd"], new: ["Speed"] } },
	]);
	const csv = new ShapeWatch();
	told(csv, "id,lat,lon\n7,1,2\n", 12);
	expect(told(csv, "id,lon,lat\n7,2,1\n", 4)).toEqual([]);
	expect(told(csv, "id,lon,latitude\n7,2,1\n", 4)).toMatchObject([{ change: "breaking" }]);
});

it("knows the shape after a restart", () => {
	const first = new ShapeWatch();
	told(first, rows(40), 12);
	const second = new ShapeWatch();
	second.restore(first.seal() ?? "");
	expect(first.seal()).toBeUndefined();
	expect(told(second, rows(40), 5)).toEqual([]);
	expect(
		told(
			second,
			rows(40, ({ lon: _, ...row }) => row),
			4,
		),
	).toMatchObject([{ details: { gone: ["lon"] } }]);
});
