import { GUARDS_DEFAULT } from "../quality/guards/guard.js";
/** What the guards and the contract of an upstream have found, and what of it is announced to end. */
export function qualityOf({ config, readers }, name, index) {
    const feed = config.feeds.find((one) => one.name === name);
    const reader = readers.get(name)?.[index];
    const deprecations = feed?.upstreams[index]?.deprecations;
    if (reader === undefined)
        return { deprecations };
    const quality = {
        alarms: reader.guards?.alarms ?? [],
        contract: reader.contract?.status(),
        incidentShare: (feed?.guards ?? GUARDS_DEFAULT).incidentShare,
    };
    const tried = reader.candidate?.report();
    const candidate = tried && { state: tried.state, share: tried.share, sentence: tried.sentence };
    return { quality, deprecations, candidate };
}
