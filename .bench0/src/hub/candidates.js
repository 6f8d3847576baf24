import { Candidate } from "../intake/candidate.js";
import { hashText } from "../intake/hash.js";
import { FeedGuards } from "../quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../quality/guards/guard.js";
/** What is on trial for an upstream. It goes on where the one before it left off, as far as that tried the same. */
export function candidateOf(config, index, baseDirectory, gateOf, before) {
    const upstream = config.upstreams[index];
    const { candidate, timezone, contract, decoder: current } = upstream ?? {};
    if (candidate === undefined || current === undefined || timezone === undefined)
        return undefined;
    const { decoder, steps, worseMax } = candidate;
    const { definition, options } = decoder;
    const document = (candidate.contract ?? contract)?.document;
    const gate = gateOf(document);
    const reading = fingerprint([definition.type, definition.version, options, document]);
    const { guards = GUARDS_DEFAULT, agency } = config;
    const tried = new Candidate({
        decoder: definition.create(options, { timezone, baseDirectory }),
        decoderName: `${definition.type}@${definition.version}`,
        contract: gate,
        steps,
        worseMax,
        guards: () => new FeedGuards({ config: guards, area: agency.area }),
        reading,
        plan: fingerprint([reading, steps, worseMax]),
    }, {
        feed: config.name,
        upstream: index,
        decoderName: `${current.definition.type}@${current.definition.version}`,
        contract: gateOf(contract?.document)?.name,
    });
    if (before !== undefined)
        tried.adopt(before);
    return tried;
}
/** What is on trial, in the order of the configuration. */
export function shadowsOf(readers) {
    return [...readers.values()].flatMap((upstreams) => upstreams.flatMap(({ candidate }) => (candidate === undefined ? [] : [candidate.report()])));
}
function fingerprint(parts) {
    const hash = { low: 0, high: 0 };
    hashText(JSON.stringify(parts), hash);
    return `${hash.low.toString(16)}-${hash.high.toString(16)}`;
}
