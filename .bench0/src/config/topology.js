import { formatDuration } from "../formats/quantities.js";
import { Failure, messageOf } from "../model/failure.js";
import { checkDeprecations } from "./deprecations.js";
import { UNREAD_SECRET } from "./environment.js";
import { suggest } from "./findings.js";
import { checkPaces } from "./pace.js";
/** What the gateway itself serves on the public listener. */
export const RESERVED_PATHS = [
    "/",
    "/status",
    "/status.json",
    "/status.atom",
    "/healthz",
    "/readyz",
    "/metrics",
    "/runbooks/:name",
];
/**
 * How the parts hang together: names, ports, paths, pace against budget. Plug-ins are created (they open nothing until
 * the hub starts) so that what they would mount and how often they would ask is known rather than guessed.
 */
export function checkTopology(config, source, runtime) {
    const findings = [];
    const add = (severity, path, message, mend) => findings.push(source.finding(severity, "topology", path, message, mend));
    const sinks = createSinks(config, runtime, add);
    const sources = createSources(config, runtime, add);
    createChannels(config, runtime, add);
    checkRoutes(config, sinks, add);
    checkEndpoints([...sinks, ...sources], add);
    checkListeners(config, add);
    checkOutputs(config, sinks, add);
    checkRetention(config, add);
    const polled = sources.map(({ name, upstream, part, path }) => ({
        feed: name,
        upstream,
        part: part,
        path,
    }));
    findings.push(...checkDeprecations(config, source, runtime.clock.now()));
    const reaches = checkPaces(config, polled, add);
    return { findings, reaches };
}
function createSinks(config, runtime, add) {
    return config.sinks.flatMap((sink) => {
        const path = ["sinks", sink.name];
        const part = attempt(add, path, () => sink.definition.create(sink.options, {
            name: sink.name,
            runtime,
            baseDirectory: config.baseDirectory,
            secrets: sink.secrets,
        }));
        return part ? [{ path, part, name: sink.name }] : [];
    });
}
/** Only to see whether they can be: what they lack is found before the first alert. A secret that was not read says nothing. */
function createChannels({ alerts, baseDirectory }, runtime, add) {
    for (const { name, definition, options, secrets } of alerts?.channels ?? []) {
        if (Object.values(secrets).includes(UNREAD_SECRET))
            continue;
        attempt(add, ["alerts", "channels", name], () => definition.create(options, { name, runtime, baseDirectory, secrets }));
    }
}
function createSources(config, runtime, add) {
    return config.feeds.flatMap((feed) => feed.upstreams.flatMap((upstream) => {
        const path = ["feeds", feed.name, "upstreams", upstream.index, "source"];
        const part = attempt(add, path, () => upstream.source.definition.create(upstream.source.options, {
            feed: feed.name,
            runtime,
            baseDirectory: config.baseDirectory,
            secrets: upstream.secrets,
            requestRule: upstream.decoder.definition.requestRule,
            receive: () => Promise.reject(new Failure("closed", "A check takes no frames")),
        }));
        const { decoder, candidate, timezone } = upstream;
        for (const [at, choice] of [["decoder", decoder], ["candidate", candidate?.decoder]])
            attempt(add, [...path.slice(0, -1), at], () => choice?.definition.create(choice.options, { timezone, baseDirectory: config.baseDirectory }));
        return part ? [{ path, part, name: feed.name, feed, upstream }] : [];
    }));
}
function attempt(add, path, create) {
    try {
        return create();
    }
    catch (thrown) {
        add("error", path, messageOf(thrown), "change the options of this block so that it can be created");
        return undefined;
    }
}
function checkRoutes(config, sinks, add) {
    const feedNames = config.feeds.map((feed) => feed.name);
    const sinkNames = config.sinks.map((sink) => sink.name);
    const first = new Map();
    config.routes.forEach((route, i) => {
        const path = ["routes", i];
        if (!feedNames.includes(route.from)) {
            const mend = suggest(route.from, feedNames, "feed");
            add("error", [...path, "from"], `there is no feed "${route.from}"`, mend);
        }
        for (const to of route.to) {
            if (!sinkNames.includes(to)) {
                add("error", [...path, "to"], `there is no sink "${to}"`, suggest(to, sinkNames, "sink"));
                continue;
            }
            const before = first.get(to);
            if (before)
                checkOneSubscription(to, route, path, before, add);
            else
                first.set(to, { route, at: i });
            const sink = sinks.find((candidate) => candidate.name === to)?.part;
            if (route.mode === "every" && route.isReorderStated === true && sink?.kind === "serving") {
                const message = `reorder has no effect on sink "${to}", which serves the present state and decides by event time`;
                add("warning", [...path, "reorder"], message, "remove reorder");
            }
            if (route.mode === "latest" && sink?.kind === "delivery" && sink.needs?.exclusive) {
                add("warning", [...path, "mode"], `sink "${to}" is an archive, and mode latest leaves out every record that a newer one has overtaken`, "use mode: every for files that must be complete");
            }
        }
        checkRouteOptions(route, path, add);
    });
    for (const feed of feedNames) {
        if (!config.routes.some((route) => route.from === feed))
            add("warning", ["feeds", feed], `feed "${feed}" has no route: it is stored and goes nowhere`, `add a route with from: ${feed}`);
    }
    for (const sink of sinkNames) {
        if (!config.routes.some((route) => route.to.includes(sink)))
            add("warning", ["sinks", sink], `sink "${sink}" has no route: nothing ever reaches it`, `add a route with to: ${sink}`);
    }
}
/** All routes to a sink form one subscription, so what holds for it must be the same in each of them. */
function checkOneSubscription(sink, route, path, before, add) {
    const age = (ms) => (ms === undefined ? "none" : formatDuration(ms));
    for (const [option, here, there] of [
        ["mode", route.mode, before.route.mode],
        ["order", route.order, before.route.order],
        ["maxAge", age(route.maxAgeMs), age(before.route.maxAgeMs)],
        ["reorder", age(route.reorderMs), age(before.route.reorderMs)],
    ]) {
        // Its default hangs on the mode, which has a finding of its own.
        if (here === there || (option === "reorder" && route.mode !== before.route.mode))
            continue;
        add("error", [...path, option], `sink "${sink}" is read with ${option} ${here} here and ${option} ${there} in routes[${before.at}]`, `all routes to a sink form one subscription: give them one ${option}, or define a second sink`);
    }
}
function checkRouteOptions(route, path, add) {
    if (route.mode === "every" && route.maxAgeMs !== undefined) {
        const mend = "remove maxAge, or use mode: latest";
        add("warning", [...path, "maxAge"], "maxAge has no effect in mode every, which delivers all of it", mend);
    }
    if (route.mode === "latest" && route.order === "strict") {
        const mend = "remove order, or use mode: every";
        add("warning", [...path, "order"], "order: strict has no effect in mode latest", mend);
    }
    if (route.mode === "latest" && route.reorderMs !== undefined) {
        const mend = "remove reorder, or use mode: every";
        const message = "mode latest sends only the newest record of a vehicle, which waits for no older ones";
        add("error", [...path, "reorder"], message, mend);
    }
}
/** An account must outlive what it accounts for, or nobody could say what became of it. */
function checkRetention({ store }, add) {
    const { keepMs } = store.ledger;
    for (const topic of ["frames", "records", "deadLetters"]) {
        const { maxAgeMs } = store[topic];
        if (maxAgeMs <= keepMs)
            continue;
        add("error", ["store", "ledger", "keep"], `the ledger is kept for ${formatDuration(keepMs)}, and ${topic} for ${formatDuration(maxAgeMs)}`, `give store.ledger.keep at least ${formatDuration(maxAgeMs)}, or keep ${topic} for a shorter time`);
    }
}
function checkEndpoints(parts, add) {
    const taken = new Map();
    for (const { path, part, name } of parts) {
        const endpoints = "endpoints" in part ? (part.endpoints ?? []) : [];
        for (const endpoint of endpoints) {
            const listener = endpoint.scope === "admin" ? "admin" : "public";
            const place = `${listener} ${endpoint.method} ${endpoint.path}`;
            const owner = RESERVED_PATHS.includes(endpoint.path) ? "the hub itself" : taken.get(place);
            if (owner !== undefined) {
                add("error", [...path, "path"], `${endpoint.method} ${endpoint.path} on the ${listener} listener already belongs to ${owner}`, "give it another path");
            }
            taken.set(place, name);
        }
    }
}
function checkListeners({ http }, add) {
    const same = http.public.port !== 0 && http.public.port === http.admin.port;
    if (!same)
        return;
    const wide = ["0.0.0.0", "::"];
    const overlap = http.public.host === http.admin.host || wide.includes(http.public.host) || wide.includes(http.admin.host);
    if (overlap) {
        const mend = "give one of them another port; the defaults are 8080 and 8081";
        add("error", ["http", "admin", "port"], `both listeners want port ${http.admin.port}`, mend);
    }
}
/** Two sinks of one type that write to one place would overwrite each other. */
function checkOutputs(config, sinks, add) {
    const taken = new Map();
    for (const sink of config.sinks) {
        if (sinks.find((candidate) => candidate.name === sink.name)?.part.kind !== "delivery")
            continue;
        const options = sink.options;
        for (const option of ["path", "directory"]) {
            const target = options[option];
            if (typeof target !== "string")
                continue;
            const place = `${sink.definition.type} ${option} ${target}`;
            const owner = taken.get(place);
            if (owner !== undefined) {
                const message = `${option} ${target} already belongs to sink "${owner}"`;
                add("error", ["sinks", sink.name, option], message, `give each sink a ${option} of its own`);
            }
            taken.set(place, sink.name);
        }
    }
}
