import { Answers } from "./answers.js";
import { isNamed, isSame, nearness, ranked } from "./finding.js";
import { idCandidates } from "./identity.js";
import { journeyCandidates } from "./journeys.js";
import { headingCandidates, speedCandidates } from "./motion.js";
import { placePairs } from "./places.js";
import { headOf, instantsOf, isWholeMinutes, referenceTimes, timeColumns, zoneOf, } from "./times.js";
import { tracksOf } from "./tracks.js";
const PAIRS_LOOKED_AT = 4;
const RECENT_MS = 15 * 60_000;
const AHEAD_MS = 60_000;
const MOVED_M = 30;
/** Every field that is looked for: found, with its evidence, or not told, with the reason. */
export function fieldsOf(question) {
    const { table, profiles, payloads, options } = question;
    const useNames = options.useNames ?? true;
    const columns = timeColumns(profiles);
    const reference = referenceTimes(table, columns);
    const timed = new Set(columns.flatMap(({ profile, date }) => (date === undefined ? [profile] : [profile, date])));
    const at = columns[0]?.times.find((time) => !Number.isNaN(time)) ?? 0;
    const pairs = rankedPairs(placePairs(table, profiles.filter((profile) => !timed.has(profile)), { area: options.area, timezone: options.timezone, at }, (profile) => useNames && isNamed("latitude", profile)), useNames);
    const [place] = pairs;
    const taken = new Set(timed);
    for (const pair of pairs.slice(0, PAIRS_LOOKED_AT))
        if (pair.score > 0.5)
            taken.add(pair.latitude).add(pair.longitude);
    const captureNames = payloads.map(({ name }) => name);
    const zones = new Map(columns.map((column) => [column, zoneFor(column, columns, reference, options.timezone)]));
    const instants = (column) => instantsOf(column, zones.get(column)?.zone ?? options.timezone);
    const first = bestTime(question, columns, reference, instants, [], place)[0];
    const firstTimes = first === undefined ? undefined : instants(first.column);
    const ids = idCandidates({ table, profiles, place, times: firstTimes, taken, captureNames });
    const idsRanked = ranked("vehicleId", ids, useNames);
    const vehicle = idsRanked[0]?.profile;
    const steps = idsRanked[0]?.tracks?.steps ?? [];
    const times = bestTime(question, columns, reference, instants, steps, place);
    const chosen = times[0];
    const driven = chosen === undefined || chosen === first || place === undefined || vehicle === undefined
        ? steps
        : tracksOf(table, vehicle.texts, place, instants(chosen.column)).steps;
    const answers = new Answers(useNames);
    answers.id(idsRanked, table);
    answers.place(pairs);
    answers.time(times, chosen === undefined ? undefined : zones.get(chosen.column));
    if (answers.found("eventTime") === undefined)
        answers.age(profiles.filter((profile) => !taken.has(profile)));
    if (vehicle !== undefined)
        taken.add(vehicle);
    const numbers = profiles.filter((profile) => !taken.has(profile) && (vehicle === undefined || !isSame(profile, vehicle)));
    const headings = headingCandidates(numbers, driven);
    const heading = answers.heading(headings, driven);
    const speeds = speedCandidates(numbers.filter((profile) => profile !== heading), driven);
    answers.speed(speeds, driven);
    const speed = answers.found("speedMps");
    const words = numbers.filter((profile) => profile !== heading && profile.column.path !== speed?.path);
    const chosenTimes = chosen === undefined ? undefined : instants(chosen.column);
    answers.journeys(journeyCandidates(table, words, vehicle, chosenTimes, driven), driven, table);
    const { findings, unknown } = answers;
    return { findings, unknown, head: headOf(table, columns) };
}
function zoneFor(column, columns, reference, timezone) {
    if (column.isAbsolute)
        return { zone: undefined, isShown: true, evidence: "instants: no zone is needed" };
    return zoneOf(column, columns.filter((other) => other !== column && !isWholeMinutes(other)), reference, timezone);
}
function rankedPairs(pairs, useNames) {
    const named = ({ latitude, longitude }) => useNames && isNamed("latitude", latitude) && isNamed("longitude", longitude) ? 0.1 : 0;
    return [...pairs].sort((a, b) => b.score + named(b) - a.score - named(a));
}
/** Times of reports, the best first: near to when they were sent, newer when a vehicle has moved, different in each. */
function bestTime({ table, options }, columns, reference, instants, steps, place) {
    const found = columns.map((column) => {
        const times = instants(column);
        const { profile } = column;
        const evidence = [];
        let score = 0.5;
        let recent = 0;
        let ahead = 0;
        let compared = 0;
        for (const [row, time] of times.entries()) {
            const age = reference[row] - time;
            if (Number.isNaN(age))
                continue;
            compared++;
            if (age >= -AHEAD_MS && age <= RECENT_MS)
                recent++;
            else if (age < -AHEAD_MS)
                ahead++;
        }
        if (compared > 0) {
            score += 0.2 * (recent / compared) - 0.3 * (ahead / compared);
            evidence.push(`${recent} of ${compared} are less than a quarter of an hour old when they are sent, ${ahead} are ahead`);
        }
        const moved = steps.filter(({ metres, from, to }) => metres > MOVED_M && !Number.isNaN(times[from]) && !Number.isNaN(times[to]));
        const newer = moved.filter(({ from, to }) => times[to] !== times[from]).length;
        if (moved.length >= 5) {
            score += 0.25 * (newer / moved.length) - 0.1;
            evidence.push(`another one in ${newer} of ${moved.length} reports of vehicles that have moved`);
        }
        if (table.rows > 2) {
            const own = profile.distinct / profile.present;
            score += 0.08 * own + (profile.isConstantInFrame ? -0.2 : 0);
            evidence.push(`${profile.distinct} different ones in ${profile.present} records`);
        }
        else
            evidence.push("values that are times of this century");
        if (isWholeMinutes(column) && columns.some((other) => !isWholeMinutes(other))) {
            score -= 0.25;
            evidence.push("all on whole minutes, as times of a timetable are");
        }
        if (profile.column.up > 0)
            score -= 0.12;
        score += 0.1 * nearness(profile, place?.latitude);
        // The message's own time is not when its vehicles reported.
        if (profile.column.up > 0 && profile.isConstantInFrame && table.rows > 1)
            score = Math.min(score, 0.2);
        if (column.date !== undefined)
            score -= 0.05;
        return {
            column,
            profile,
            score: Math.min(0.97, score * (0.6 + 0.4 * Math.min(1, profile.share))),
            evidence,
        };
    });
    return ranked("eventTime", found, options.useNames ?? true);
}
