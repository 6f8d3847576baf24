/**
 * How fast few vehicles drive, against what they state, is now and then off by chance; and a speed that riders do without is
 * nothing to wake somebody for. The guard acts all the same.
 */
const SPEED_VEHICLES_MIN = 10;
/** Positions and times have guards of their own: without any other value riders see less, and nothing wrong. */
const MINOR = "values_removed";
/** Whether what affects that share is grave enough to wake somebody. */
export function isGrave(quality) {
    return (incidentsOf({ ...quality, alarms: quality.alarms.filter(({ guard }) => guard !== MINOR) }).length > 0);
}
/** What of an upstream affects at least the share of the fleet that makes an incident: one sentence each. */
export function incidentsOf({ alarms, contract, incidentShare }) {
    const sentences = alarms
        .filter(({ action, vehicles, fleet }) => action !== "flag" && vehicles >= incidentShare * fleet)
        .filter(({ guard, vehicles }) => guard !== "speed_unit" || vehicles >= SPEED_VEHICLES_MIN)
        .map(({ sentence }) => sentence);
    const share = contract?.recentShare ?? 0;
    if (contract === undefined || share === 0 || share < incidentShare)
        return sentences;
    const { contract: name, breaches } = contract;
    const first = breaches.find(({ mode }) => mode !== "evolve");
    const place = first === undefined ? "" : `: ${first.path} ${first.message}`;
    return [
        ...sentences,
        `Of the records of the last minutes, ${Math.round(share * 100)} % do not fit to contract ${name}${place}.`,
    ];
}
