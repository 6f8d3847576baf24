import { isDeepStrictEqual } from "node:util";
/** What the reader before it has learned of an upstream, for one that reads in the same way. A reload teaches nothing away. */
export function memoryOf(config, index, before) {
    const reader = before?.readers[index];
    if (before === undefined || reader === undefined)
        return {};
    const of = ({ guards, agency, upstreams }) => {
        const { decoder, contract, timezone } = upstreams[index] ?? {};
        const { definition, options } = decoder ?? {};
        return [guards, agency.area, definition?.type, definition?.version, options, contract, timezone];
    };
    if (!isDeepStrictEqual(of(config), of(before.config)))
        return {};
    const { contract, drift, shape, guards } = reader;
    return { contract, drift, shape, guards };
}
