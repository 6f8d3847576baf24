import { routesTo } from "../operations/why.js";
/** The sinks of a running hub, ready to be asked what became of a record. */
export function whySinks({ routes }, sinks, now) {
    return sinks.map(({ sink, subscription }) => {
        const { name } = subscription;
        const { partitions, sentence } = subscription.status();
        return {
            name,
            routes: routesTo(routes, name),
            kind: sink.kind,
            cursor: async (partition) => partitions.find((one) => one.partition === partition)?.cursor,
            ...(sink.kind === "serving" && { explain: (record) => sink.explain?.(record, now) }),
            sentence,
        };
    });
}
