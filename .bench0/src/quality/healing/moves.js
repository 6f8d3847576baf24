import { median } from "../inference/table.js";
import { isNear, METRES_PER_DEGREE } from "./evidence.js";
const THERE = 0.05;
const GONE = 0.1;
const COME = 0.02;
const KNOWN = 0.5;
const VEHICLES_MIN = 5;
const CONFIDENCE_MIN = 0.55;
const SAMPLE = 3000;
const ELIMINATION = 0.6;
/** Of moves beside which others are open: for a person to look at. */
const PARTIAL = 0.8;
/** Fields under another name, and ids with something put before them. */
export function moveRepairs(memory, fresh) {
    const known = new Map(memory.profiles.map((profile) => [profile.column.path, profile]));
    const gone = memory.profiles.filter(({ column, share }) => {
        const now = fresh.profiles.get(column.path)?.share ?? 0;
        return column.up === 0 && share >= THERE && now < GONE * share;
    });
    const come = [...fresh.profiles.values()].filter(({ column, share }) => column.up === 0 && share >= COME && !known.has(column.path));
    const found = [];
    const id = memory.bindings.get("vehicleId")?.profile;
    let vehicles = fresh.vehicles;
    let idMoved;
    if (id !== undefined && gone.includes(id)) {
        const moved = idMove(memory, id, come);
        if (moved !== undefined) {
            found.push(moved.finding);
            vehicles = moved.profile.texts;
            idMoved = moved.profile;
        }
    }
    else if (id !== undefined) {
        const stripped = prefixRepair(memory, fresh, id);
        if (stripped !== undefined)
            found.push(stripped);
    }
    const pairs = new Map();
    for (const [row, vehicle] of vehicles.entries())
        if (vehicle !== undefined && !pairs.has(vehicle))
            pairs.set(vehicle, row);
    const rest = {
        gone: gone.filter((profile) => profile !== id),
        come: come.filter((profile) => profile !== idMoved),
    };
    return [...found, ...assigned(memory, rest.gone, rest.come, pairs, fresh)];
}
function knownShare(memory, texts) {
    const distinct = new Set(texts.filter((text) => text !== undefined));
    const count = [...distinct].filter((text) => memory.last.has(text)).length;
    return { share: distinct.size === 0 ? 0 : count / distinct.size, count };
}
function idMove(memory, id, come) {
    const scored = come
        .map((profile) => ({ profile, ...knownShare(memory, profile.texts), like: nameLikeness(id, profile) }))
        .filter(({ share, count }) => share >= KNOWN && count >= VEHICLES_MIN)
        .sort((a, b) => b.share - a.share || b.like - a.like);
    const [best, second] = scored;
    if (best === undefined)
        return undefined;
    const { profile, share, count } = best;
    const isClear = second === undefined || second.share < share - 0.2 || best.like > second.like;
    const finding = {
        edits: [{ kind: "move", from: profile.column.path, to: id.column.path }],
        confidence: Number((Math.min(0.98, 0.6 + 0.4 * share) - (isClear ? 0 : 0.3)).toFixed(2)),
        vehicles: count,
        evidence: `${id.column.path} is gone, and ${Math.round(share * 100)} % of the values of ${profile.column.path} are vehicles that are known`,
        others: second === undefined ? [] : [[{ kind: "move", from: second.profile.column.path, to: id.column.path }]],
    };
    return { finding, profile };
}
function prefixRepair(memory, fresh, id) {
    const { share } = knownShare(memory, fresh.vehicles);
    if (share >= KNOWN)
        return undefined;
    const distinct = [...new Set(fresh.vehicles.filter((text) => text !== undefined))].slice(0, SAMPLE);
    const prefixes = new Map();
    for (const text of distinct)
        for (let at = 1; at < Math.min(text.length, 40); at++)
            if (memory.last.has(text.slice(at))) {
                const prefix = text.slice(0, at);
                prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
            }
    const [best] = [...prefixes].sort((a, b) => b[1] - a[1]);
    if (best === undefined || best[1] < Math.max(VEHICLES_MIN, 0.6 * distinct.length))
        return undefined;
    const [prefix, count] = best;
    return {
        edits: [{ kind: "strip", path: id.column.path, prefix }],
        confidence: Number(Math.min(0.98, 0.6 + (0.4 * count) / distinct.length).toFixed(2)),
        vehicles: count,
        evidence: `without "${prefix}" before them, ${count} of ${distinct.length} ids are known`,
        others: [],
    };
}
/** Which of what is new takes the place of what is gone: the best pairs first, each only once. */
function assigned(memory, gone, come, rows, fresh) {
    const scored = gone.flatMap((old) => come.map((profile) => ({
        old,
        profile,
        ...likeness(memory, old, profile, rows, fresh, gone.length === 1 && come.length === 1),
    })));
    scored.sort((a, b) => b.score - a.score);
    const taken = new Set();
    const found = [];
    for (const one of scored) {
        if (taken.has(one.old) || taken.has(one.profile) || one.score < CONFIDENCE_MIN)
            continue;
        const rivals = scored.filter((other) => other !== one && (other.old === one.old || other.profile === one.profile));
        const open = rivals.filter(({ old, profile }) => !taken.has(old) && !taken.has(profile));
        const rival = open.find(({ score }) => score > one.score - 0.08);
        taken.add(one.old).add(one.profile);
        const to = one.old.column.path;
        found.push({
            edits: [{ kind: "move", from: one.profile.column.path, to }],
            confidence: Number((Math.min(0.98, one.score) - (rival === undefined ? 0 : 0.2)).toFixed(2)),
            vehicles: one.vehicles,
            evidence: `${to} is gone, and ${one.profile.column.path} has come: ${one.why}`,
            others: open
                .filter(({ old, score }) => old === one.old && score >= CONFIDENCE_MIN)
                .slice(0, 1)
                .map(({ profile }) => [{ kind: "move", from: profile.column.path, to }]),
        });
    }
    return completed(found, gone.filter((one) => !taken.has(one)), come.filter((one) => !taken.has(one)));
}
/** What is left over on both sides belongs together when it is one of each; else nothing of it is sure. */
function completed(found, gone, come) {
    const [old, profile] = [gone[0], come[0]];
    if (old === undefined && profile === undefined)
        return found;
    const isPair = gone.length === 1 && come.length === 1 && found.length > 0;
    if (isPair &&
        old !== undefined &&
        profile !== undefined &&
        (old.numeric > 0.9 === profile.numeric > 0.9 || nameLikeness(old, profile) === 1)) {
        const last = {
            edits: [{ kind: "move", from: profile.column.path, to: old.column.path }],
            confidence: ELIMINATION,
            vehicles: profile.present,
            evidence: `${old.column.path} is gone, and of what has come only ${profile.column.path} is left`,
            others: [],
        };
        return [...found, last];
    }
    return found.map((finding) => ({ ...finding, confidence: Math.min(finding.confidence, PARTIAL) }));
}
/** How well a new column goes on where an old one ended: by vehicle, then by all of its values. */
function likeness(memory, old, profile, rows, fresh, isOnlyPair) {
    const field = [...memory.bindings].find(([, binding]) => binding.profile === old)?.[0];
    let both = 0;
    let same = 0;
    let near = 0;
    const reach = reachOf(memory, old);
    const perUnit = (memory.bindings.get("eventTime")?.factor ?? 1000) / 1000;
    for (const [vehicle, row] of rows) {
        const last = memory.last.get(vehicle);
        if (last === undefined)
            continue;
        const [before, now] = [old.texts[last], profile.texts[row]];
        if (before === undefined || now === undefined)
            continue;
        both++;
        if (before === now)
            same++;
        const change = Math.abs(profile.numbers[row] - old.numbers[last]);
        const seconds = (fresh.table.received[row] - memory.table.received[last]) / 1000;
        const later = (profile.numbers[row] - old.numbers[last]) * perUnit;
        const age = Math.max(0, (memory.table.received[last] - old.numbers[last] * perUnit * 1000) / 1000);
        const goesOn = field === "eventTime"
            ? later >= -1 && later <= seconds + age + 90
            : isDegrees(field)
                ? isNear(change * METRES_PER_DEGREE * 0.5, seconds)
                : change <= reach;
        if (goesOn)
            near++;
    }
    const isNumber = old.numeric > 0.9;
    if (isNumber !== profile.numeric > 0.9)
        return { score: 0, vehicles: both, why: "another type" };
    // Times are never again what they were.
    const alike = field === "eventTime" && both >= VEHICLES_MIN
        ? near / both
        : isNumber
            ? numbersAlike(old, profile)
            : textsAlike(old, profile);
    const going = both < VEHICLES_MIN ? alike : Math.max(same / both, isNumber ? (near / both) * (0.5 + 0.5 * alike) : 0);
    const presence = 1 - Math.abs(old.share - profile.share);
    const name = nameLikeness(old, profile);
    const score = 0.5 * going + 0.15 * alike + 0.15 * presence + 0.1 * name + (isOnlyPair ? 0.12 : 0);
    const why = both < VEHICLES_MIN
        ? `its values are like those before (${Math.round(alike * 100)} %)`
        : `the values of ${Math.max(same, near)} of ${both} vehicles go on from their last ones`;
    return { score, vehicles: Math.max(same, near), why };
}
function isDegrees(field) {
    return field === "latitude" || field === "longitude";
}
/** By how much the value of one vehicle usually changes from report to report; three times the middle. */
function reachOf({ vehicles }, { numbers }) {
    const lastRow = new Map();
    const changes = [];
    for (let row = 0; row < numbers.length && changes.length < SAMPLE; row++) {
        const vehicle = vehicles[row];
        if (vehicle === undefined)
            continue;
        const before = lastRow.get(vehicle);
        lastRow.set(vehicle, row);
        if (before === undefined)
            continue;
        const change = Math.abs(numbers[row] - numbers[before]);
        if (!Number.isNaN(change))
            changes.push(change);
    }
    return changes.length === 0 ? 0 : 3 * median(changes) + 1e-9;
}
/** One minus how far the distributions are apart (Kolmogorov's distance). */
function numbersAlike(one, other) {
    const sample = ({ numbers }) => [...numbers]
        .filter((number) => !Number.isNaN(number))
        .slice(-SAMPLE)
        .sort((a, b) => a - b);
    const [a, b] = [sample(one), sample(other)];
    if (a.length === 0 || b.length === 0)
        return 0;
    let [i, j, apart] = [0, 0, 0];
    while (i < a.length && j < b.length) {
        const value = Math.min(a[i], b[j]);
        while (i < a.length && a[i] <= value)
            i++;
        while (j < b.length && b[j] <= value)
            j++;
        apart = Math.max(apart, Math.abs(i / a.length - j / b.length));
    }
    return 1 - apart;
}
/** Share of the new values that were there before. */
function textsAlike(one, other) {
    const before = new Set(one.texts);
    const now = new Set(other.texts.filter((text) => text !== undefined));
    return now.size === 0 ? 0 : [...now].filter((text) => before.has(text)).length / now.size;
}
/** 1 where one name holds the other. Ranks what values allow. */
function nameLikeness(one, other) {
    const plain = ({ column }) => column.name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    const [a, b] = [plain(one), plain(other)];
    if (a.length === 0 || b.length === 0)
        return 0;
    return a.includes(b) || b.includes(a) ? 1 : 0;
}
