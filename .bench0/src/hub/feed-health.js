/** How the feeds are that are routed to a sink: riders are told when one of them is out. */
export function healthOfFeeds(sink, routes, feeds) {
    return routedTo(sink, routes, feeds).map(({ feed, condition }) => ({
        feed: feed.name,
        agency: feed.agency,
        state: condition,
        lastAnswerTime: lastAnswerTime(feed),
        isAlertsOnly: routes
            .filter(({ from, to }) => from === feed.name && to.includes(sink))
            .every(({ kinds }) => kinds?.every((kind) => kind === "service_alert") === true),
    }));
}
/** How long one look at everything takes, of each feed that is asked and routed to a sink: of its slowest upstream. */
export function sweepsOfFeeds(sink, routes, feeds) {
    const sweeps = new Map();
    for (const { feed } of routedTo(sink, routes, feeds)) {
        const paces = feed.upstreams.flatMap(({ source }) => (source.kind === "poll" ? [source.everyMs] : []));
        if (paces.length > 0)
            sweeps.set(feed.name, Math.max(...paces));
    }
    return sweeps;
}
/** Names of the feeds that are routed to a sink. */
export function feedsOf(sink, routes) {
    return [...new Set(routes.filter(({ to }) => to.includes(sink)).map(({ from }) => from))];
}
function routedTo(sink, routes, feeds) {
    const routed = feedsOf(sink, routes);
    return feeds.filter(({ feed }) => routed.includes(feed.name));
}
function lastAnswerTime({ lastFrameTime, progress }) {
    const times = [lastFrameTime, ...progress.map(({ lastGoodTime }) => lastGoodTime)];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
}
