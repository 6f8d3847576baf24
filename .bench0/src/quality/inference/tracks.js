const STEP_MAX_S = 900;
const FAST_MPS = 42;
const SLACK_M = 150;
const METRES_PER_DEGREE = 111_195;
const STEPS_MAX = 60_000;
/** Groups rows by a column, in the order of their times (else of their frames), and measures the steps between them. */
export function tracksOf(table, by, place, times) {
    const groups = new Map();
    for (const [row, text] of by.entries()) {
        if (text === undefined || Number.isNaN(latitudeOf(place, row)) || Number.isNaN(longitudeOf(place, row)))
            continue;
        if (latitudeOf(place, row) === 0 && longitudeOf(place, row) === 0)
            continue;
        const rows = groups.get(text);
        if (rows === undefined)
            groups.set(text, [row]);
        else
            rows.push(row);
    }
    const steps = [];
    let good = 0;
    let judged = 0;
    let rows = 0;
    for (const group of groups.values()) {
        rows += group.length;
        if (times !== undefined)
            group.sort((a, b) => times[a] - times[b] || a - b);
        for (let at = 1; at < group.length && steps.length < STEPS_MAX; at++) {
            const step = stepOf(table, group[at - 1], group[at], place, times);
            if (step === undefined)
                continue;
            steps.push(step);
            // The same report twice says nothing of who it is from.
            if (step.seconds === 0 && step.metres < 1)
                continue;
            judged++;
            if (step.metres <= SLACK_M + FAST_MPS * step.seconds)
                good++;
        }
    }
    return {
        steps,
        continuity: judged === 0 ? Number.NaN : good / judged,
        coverage: rows === 0 ? 0 : steps.length / rows,
        groups: groups.size,
    };
}
function stepOf(table, from, to, place, times) {
    let seconds = 0;
    if (times !== undefined) {
        seconds = (times[to] - times[from]) / 1000;
        if (!(seconds >= 0 && seconds <= STEP_MAX_S))
            return undefined;
    }
    else {
        if (table.frames[from] === table.frames[to] && table.frames.at(-1) !== table.frames[0])
            seconds = 0;
        else
            seconds = 60;
    }
    const latitude = latitudeOf(place, from);
    const north = (latitudeOf(place, to) - latitude) * METRES_PER_DEGREE;
    const narrow = Math.cos((latitude * Math.PI) / 180);
    const east = (longitudeOf(place, to) - longitudeOf(place, from)) * METRES_PER_DEGREE * narrow;
    return {
        from,
        to,
        seconds,
        metres: Math.hypot(north, east),
        course: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360,
    };
}
function latitudeOf({ latitude, scale }, row) {
    return latitude.numbers[row] * scale;
}
function longitudeOf({ longitude, scale }, row) {
    return longitude.numbers[row] * scale;
}
/** Share of the steps after which a column says something else. */
export function changeShare(profile, steps) {
    let both = 0;
    let changed = 0;
    for (const { from, to } of steps) {
        const before = profile.texts[from];
        const after = profile.texts[to];
        if (before === undefined || after === undefined)
            continue;
        both++;
        if (before !== after)
            changed++;
    }
    return both === 0 ? Number.NaN : changed / both;
}
