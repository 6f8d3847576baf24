import { versionFor } from "./build-index.js";
import { ID_KINDS } from "./id-rules.js";
export function describeSchedule(facts) {
    const { agency, place, today, index, versions, refusal, loading, lookTime, match } = facts;
    const current = versionFor(versions, today);
    const state = versions.length === 0 ? "missing" : current === undefined ? "expired" : "current";
    return {
        agency,
        state,
        sentence: sentenceOf(facts, current),
        place: /^https?:/.test(place) ? place : (place.split(/[\\/]/).at(-1) ?? place),
        today,
        version: current?.version,
        days: index.days.map(({ date, book }, at) => {
            let trips = 0;
            for (const trip of book?.trips.values() ?? [])
                if ((trip.days & (1 << at)) !== 0)
                    trips++;
            return { date, version: book?.version, trips };
        }),
        versions: versions.map(({ version, validFrom, validTo, validity, readTime }) => ({
            version,
            validFrom,
            validTo,
            validity,
            readTime,
        })),
        loading,
        refusal: refusal && { time: refusal.time, sentence: refusal.sentence },
        lookTime,
        match,
    };
}
function sentenceOf(facts, current) {
    const { versions, today, refusal, loading, trouble } = facts;
    const said = [];
    if (current)
        said.push(`Schedule ${current.version} is used; it ends on ${current.validTo}.`);
    else if (versions.length === 0)
        said.push("No schedule was read yet, so no trip resolves.");
    else
        said.push(`No schedule covers ${today}, so no trip resolves: put a current one in place.`);
    if (loading)
        said.push(`Another one is being read: ${loading.file}, ${Math.floor(loading.share * 100)} %.`);
    if (refusal)
        said.push(`The newest feed was refused: ${refusal.sentence}.`);
    if (trouble)
        said.push(`Its place cannot be looked at: ${trouble}.`);
    return said.join(" ");
}
export function describeIds({ agency, schedule, rules, refusal }) {
    const mapped = ID_KINDS.flatMap((kind) => {
        const rule = rules[kind];
        if (rule === undefined)
            return [];
        return [rule.crosswalk === undefined ? kind : `${kind} (crosswalk of ${rule.crosswalk.size})`];
    });
    const said = [
        mapped.length === 0 ? "No id is mapped." : `Mapped: ${mapped.join(", ")}.`,
        ...(schedule === undefined
            ? [`No trip is looked up, because no schedule is configured (agencies.${agency}.gtfs).`]
            : []),
        ...(refusal === undefined ? [] : [`The rules for ids as they are now are refused: ${refusal}.`]),
    ];
    return { agency, schedule, sentence: said.join(" "), refusal };
}
