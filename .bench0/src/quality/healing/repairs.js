import { DAY_MS, HOUR_MS } from "../../model/units.js";
import { apart } from "../inference/motion.js";
import { median } from "../inference/table.js";
import { timeColumns } from "../inference/times.js";
import { editValue } from "./edits.js";
import { drivesOf, isNear, latticeOf, metresBetween, onLattice, readerOf, spread, } from "./evidence.js";
const VEHICLES_MIN = 5;
const STILL_GOOD = 0.7;
const GOOD = 0.8;
const PLACE_SCALES = [1e-5, 1e-6, 1e-7, 1e5, 1e6, 1e7];
/** Latitude and longitude that lead nowhere near to where the vehicles were. */
export function placeRepair({ memory, fresh, pairs }) {
    const latitude = memory.bindings.get("latitude");
    const longitude = memory.bindings.get("longitude");
    if (latitude === undefined || longitude === undefined)
        return undefined;
    const [latPath, lonPath] = [latitude.profile.column.path, longitude.profile.column.path];
    const [newLat, newLon] = [fresh.profiles.get(latPath), fresh.profiles.get(lonPath)];
    if (newLat === undefined || newLon === undefined)
        return undefined;
    const known = pairs.filter(({ old, row }) => {
        const there = newLat.texts[row] !== undefined && newLon.texts[row] !== undefined;
        return there && !Number.isNaN(latitude.profile.numbers[old]);
    });
    if (known.length < VEHICLES_MIN)
        return undefined;
    const share = (read) => known.filter(({ old, row, seconds }) => {
        const [lat, lon] = read(row);
        const from = [
            latitude.profile.numbers[old] * latitude.factor,
            longitude.profile.numbers[old] * longitude.factor,
        ];
        return isNear(metresBetween(from[0], from[1], lat * latitude.factor, lon * longitude.factor), seconds);
    }).length / known.length;
    const [lat, lon] = [
        (row) => newLat.numbers[row],
        (row) => newLon.numbers[row],
    ];
    if (share((row) => [lat(row), lon(row)]) >= STILL_GOOD)
        return undefined;
    const minus = (path) => ({ kind: "scale", path, factor: -1 });
    const bare = (profile) => (row) => Number(editValue(profile.texts[row] ?? "", { kind: "bare", path: "" }, 0) ?? Number.NaN);
    const ways = [
        [[{ kind: "swap", one: latPath, other: lonPath }], share((row) => [lon(row), lat(row)])],
        [[minus(latPath)], share((row) => [-lat(row), lon(row)])],
        [[minus(lonPath)], share((row) => [lat(row), -lon(row)])],
        [[minus(latPath), minus(lonPath)], share((row) => [-lat(row), -lon(row)])],
        ...PLACE_SCALES.map((factor) => [
            [latPath, lonPath].map((path) => ({ kind: "scale", path, factor })),
            share((row) => [lat(row) * factor, lon(row) * factor]),
        ]),
        [
            [latPath, lonPath].map((path) => ({ kind: "bare", path })),
            share((row) => [bare(newLat)(row), bare(newLon)(row)]),
        ],
        [
            [{ kind: "bare", path: latPath }, { kind: "bare", path: lonPath }, minus(lonPath)],
            share((row) => [bare(newLat)(row), -bare(newLon)(row)]),
        ],
    ];
    return bestOf(ways, known.length, (agree) => `${agree} of ${known.length} vehicles are near to where they were then`);
}
function bestOf(ways, vehicles, sentence) {
    const order = [...ways].sort((a, b) => b[1] - a[1]);
    const [best, second] = order;
    if (best === undefined || best[1] < GOOD)
        return undefined;
    const rival = second?.[1] ?? 0;
    const agree = Math.round(best[1] * vehicles);
    return {
        edits: best[0],
        confidence: Number(Math.min(0.99, best[1] - (rival >= GOOD ? 0.4 : 0)).toFixed(2)),
        vehicles: agree,
        evidence: sentence(agree),
        others: order
            .slice(1, 3)
            .filter(([, share]) => share >= 0.5)
            .map(([edits]) => edits),
    };
}
const STEP_S = 1800;
const SLACK_S = 90;
/** Zones are no further apart; what is, is off by whole days. */
const ZONE_MAX_S = 14 * 3600;
const SCALES = [1e-3, 1e3, 1e-6, 1e6];
/** Times that do not go on from where they were. */
export function timeRepair({ memory, fresh, pairs }) {
    const binding = memory.bindings.get("eventTime");
    const profile = binding === undefined ? undefined : fresh.profiles.get(binding.profile.column.path);
    // Times in text have no unit; what else may happen to them is not mended.
    if (binding === undefined || profile === undefined || !(binding.factor >= 1e-3 && binding.factor <= 60_000))
        return undefined;
    const path = profile.column.path;
    const unit = binding.factor;
    const known = pairs.filter(({ row, old }) => profile.texts[row] !== undefined && !Number.isNaN(binding.profile.numbers[old]));
    if (known.length < VEHICLES_MIN)
        return undefined;
    const changesOf = (read) => known.map(({ row, old }) => (read(row) - binding.profile.numbers[old] * unit) / 1000);
    /** Goes on: not back, and by no more than what has passed since it was measured. */
    const allowed = known.map(({ old, seconds }) => {
        const age = memory.table.received[old] / 1000 -
            (binding.profile.numbers[old] * unit) / 1000;
        return seconds + Math.max(0, age) + SLACK_S;
    });
    const share = (read) => changesOf(read).filter((change, at) => change >= -1 && change <= allowed[at]).length /
        known.length;
    const asIs = (row) => profile.numbers[row] * unit;
    const usual = share(asIs);
    if (usual >= STILL_GOOD)
        return undefined;
    const received = (row) => fresh.table.received[row];
    const edited = (edit) => (row) => Number(editValue(profile.texts[row] ?? "", edit, received(row)) ?? Number.NaN) * unit;
    const edits = SCALES.map((factor) => ({ kind: "scale", path, factor }));
    const isTimeOfDay = profile.max * unit < DAY_MS + HOUR_MS && profile.min >= 0;
    if (isTimeOfDay)
        edits.push({ kind: "day", path, unitMs: unit });
    const step = median(changesOf(asIs));
    const passed = median(known.map(({ seconds }) => seconds));
    const by = -Math.round((step - passed) / STEP_S) * STEP_S;
    const isZone = Math.abs(by) <= ZONE_MAX_S || by % 86_400 === 0;
    if (by !== 0 && Number.isFinite(by) && isZone && !isTimeOfDay)
        edits.push({ kind: "shift", path, by: (by * 1000) / unit });
    const [text] = timeColumns([profile]);
    if (text?.isAbsolute === true && profile.numeric < 0.5)
        edits.push({ kind: "respell", path, from: text.format, to: unit === 1 ? "epoch-ms" : "epoch-s" });
    const ways = edits.map((edit) => [[edit], share(edited(edit))]);
    return bestOf(ways, known.length, (agree) => `the times of ${agree} of ${known.length} vehicles go on from their last ones then`);
}
/** Factors between units of speed: metres a second, kilometres and miles an hour, knots, centimetres a second. */
const UNITS = [1, 1 / 3.6, 0.44704, 1852 / 3600, 0.01];
const FACTORS = [
    ...new Set(UNITS.flatMap((one) => UNITS.map((other) => Number((one / other).toPrecision(12))))),
].filter((factor) => factor !== 1);
const SAME = 0.2;
const NEAR = 0.35;
const RESTATED = 0.45;
/** Speeds that do not fit to how far vehicles drive as they did before. */
export function speedRepair({ memory, fresh }) {
    const binding = memory.bindings.get("speedMps");
    const profile = binding === undefined ? undefined : fresh.profiles.get(binding.profile.column.path);
    if (binding === undefined || profile === undefined)
        return undefined;
    const path = profile.column.path;
    if (profile.numeric < 0.2 && profile.present >= 10)
        return bareRepair(profile, binding.profile);
    const before = ratiosOf(drivesIn(memory.table, memory.vehicles, memory, new Map(memory.profiles.map((one) => [one.column.path, one]))), binding.profile);
    const now = ratiosOf(drivesIn(fresh.table, fresh.vehicles, memory, fresh.profiles), profile);
    if (before.length < VEHICLES_MIN || now.length < VEHICLES_MIN)
        return undefined;
    const change = median(now) - median(before);
    if (Math.abs(change) < SAME)
        return undefined;
    const error = 1.25 * Math.max(0.15, spread(before)) * Math.sqrt(1 / before.length + 1 / now.length);
    const values = [...profile.numbers].filter((value) => value > 0);
    // Where the statements are as they were, it is the driven way that has changed: other places, or other vehicles.
    const restated = Math.log(median(values) / median([...binding.profile.numbers].filter((value) => value > 0)));
    const lattice = latticeOf([...binding.profile.numbers]);
    const isTelling = lattice !== undefined && onLattice(values, lattice) < 0.6;
    const ways = FACTORS.map((factor) => {
        const off = Math.abs(change + Math.log(factor));
        const fit = isTelling && lattice !== undefined
            ? onLattice(values.map((value) => value * factor), lattice)
            : 0;
        return { factor, off, fit };
    }).sort((a, b) => b.fit - a.fit || a.off - b.off);
    const near = ways.filter(({ factor, off }) => off <= NEAR + 2 * error && Math.abs(restated + Math.log(factor)) <= RESTATED);
    const exact = near.filter(({ fit }) => fit >= 0.9);
    const order = exact.length > 0 ? exact : [...near].sort((a, b) => a.off - b.off);
    const [best, second] = order;
    if (best === undefined)
        return undefined;
    const margin = second === undefined ? 1 : (second.off - best.off) / (2 * error);
    const confidence = exact.length === 1
        ? 0.97
        : Math.min(0.9, 0.45 + 0.25 * Math.min(1.8, margin)) - (best.off > 0.2 ? 0.2 : 0);
    const edit = (factor) => [{ kind: "scale", path, factor }];
    return {
        edits: edit(best.factor),
        confidence: Number(Math.max(0.1, confidence).toFixed(2)),
        vehicles: now.length,
        evidence: `stated against driven is ${Math.exp(change).toFixed(2)} times what it was, over ${now.length} steps` +
            (exact.length > 0
                ? `; times ${best.factor} the values are whole steps of ${lattice} again, as they were`
                : ""),
        others: order.slice(1, 3).map(({ factor }) => edit(factor)),
    };
}
function bareRepair(profile, before) {
    const edit = { kind: "bare", path: profile.column.path };
    const values = profile.texts.map((text) => (text === undefined ? undefined : editValue(text, edit, 0)));
    const read = values.filter((value) => typeof value === "number");
    if (read.length < 0.95 * profile.present)
        return undefined;
    const isLossy = decimalsOf(read) < before.decimals;
    return {
        edits: [edit],
        confidence: 0.9,
        vehicles: read.length,
        evidence: `${read.length} of ${profile.present} values are a number with words behind it`,
        others: [],
        isLossy,
    };
}
/** Digits behind the point, of the middle value that is not whole. */
function decimalsOf(values) {
    return (median(values
        .filter((value) => !Number.isInteger(value))
        .map((value) => String(value).split(".")[1]?.length ?? 0)) || 0);
}
function drivesIn(table, vehicles, { bindings }, profiles) {
    const [latitude, longitude] = [
        readerOf(bindings, profiles, "latitude"),
        readerOf(bindings, profiles, "longitude"),
    ];
    return drivesOf(table, vehicles, (row) => [latitude(row), longitude(row)], readerOf(bindings, profiles, "eventTime"));
}
function ratiosOf(drives, { numbers }) {
    return drives.flatMap(({ row, before, metres, seconds }) => {
        const [stated, earlier] = [numbers[row], numbers[before]];
        if (!(stated > 0 && earlier > 0) || metres < 30 || metres / seconds < 2)
            return [];
        return [Math.log((stated + earlier) / 2 / (metres / seconds))];
    });
}
const COURSE_MIN_M = 30;
const COURSE_MAX_S = 150;
/** Headings in which vehicles do not drive, and did before. */
export function headingRepair({ memory, fresh }) {
    const binding = memory.bindings.get("headingDeg");
    const profile = binding === undefined ? undefined : fresh.profiles.get(binding.profile.column.path);
    if (binding === undefined || profile === undefined)
        return undefined;
    const path = profile.column.path;
    const useful = (drives) => drives.filter(({ metres, seconds }) => metres >= COURSE_MIN_M && seconds <= COURSE_MAX_S);
    const share = (drives, read) => drives.length === 0
        ? Number.NaN
        : drives.filter(({ row, course }) => apart(read(row), course) <= 45).length / drives.length;
    const before = useful(drivesIn(memory.table, memory.vehicles, memory, new Map(memory.profiles.map((one) => [one.column.path, one]))));
    const now = useful(drivesIn(fresh.table, fresh.vehicles, memory, fresh.profiles)).filter(({ row }) => !Number.isNaN(profile.numbers[row]));
    const usual = share(before, (row) => binding.profile.numbers[row]);
    if (!(usual >= 0.5) || now.length < VEHICLES_MIN)
        return undefined;
    const asIs = share(now, (row) => profile.numbers[row]);
    if (asIs >= usual - 0.3)
        return undefined;
    const lattice = latticeOf([...binding.profile.numbers]);
    const edits = [
        { kind: "turn", path, sign: 1, by: 180 },
        { kind: "turn", path, sign: -1, by: 90 },
        { kind: "turn", path, sign: -1, by: 0 },
        { kind: "turn", path, sign: 1, by: 90 },
        { kind: "turn", path, sign: 1, by: 270 },
        { kind: "scale", path, factor: 180 / Math.PI },
    ];
    const ways = edits.map((edit) => {
        const read = (row) => Number(editValue(profile.numbers[row], edit, 0) ?? Number.NaN);
        const isWhole = lattice === undefined ||
            onLattice(now.map(({ row }) => read(row)), lattice) >= 0.9;
        return [[edit], Math.min(1, share(now, read) / usual) - (isWhole ? 0 : 0.3)];
    });
    return bestOf(ways, now.length, (agree) => `${agree} of ${now.length} steps are driven in the stated direction then`);
}
/** How late vehicles are, all at once the other way round or in another unit. */
export function deviationRepair({ memory, fresh, pairs }) {
    const binding = memory.bindings.get("scheduleDeviationS");
    const profile = binding === undefined ? undefined : fresh.profiles.get(binding.profile.column.path);
    if (binding === undefined || profile === undefined)
        return undefined;
    const path = profile.column.path;
    const seconds = Math.abs(binding.factor);
    const late = pairs.filter(({ old, row }) => {
        const was = binding.profile.numbers[old] * seconds;
        return Math.abs(was) >= 90 && !Number.isNaN(profile.numbers[row]);
    });
    if (late.length < VEHICLES_MIN)
        return undefined;
    const share = (factor) => late.filter(({ old, row, seconds: passed }) => {
        const change = profile.numbers[row] * factor - binding.profile.numbers[old];
        return Math.abs(change) * seconds <= 45 + 0.6 * Math.min(passed, 120);
    }).length / late.length;
    if (share(1) >= 0.5)
        return undefined;
    const factors = [-1, 60, 1 / 60, -60, -1 / 60, 1000, 1e-3];
    const ways = factors.map((factor) => [
        [{ kind: "scale", path, factor }],
        share(factor),
    ]);
    const found = bestOf(ways, late.length, (agree) => `${agree} of ${late.length} vehicles are as late as a moment before then`);
    const [edit] = found?.edits ?? [];
    if (found === undefined || edit?.kind !== "scale")
        return found;
    const values = [...profile.numbers].map((value) => value * edit.factor);
    const [fine, coarse] = [latticeOf([...binding.profile.numbers]), latticeOf(values)];
    return { ...found, isLossy: coarse !== undefined && (fine === undefined || coarse > fine * 1.5) };
}
