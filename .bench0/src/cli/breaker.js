import { parseDuration } from "../formats/quantities.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
const ANSWER_TIMEOUT_MS = 10_000;
/** What a running hub says of everybody whom it calls. */
export async function listBreakers(file, options, context) {
    const breakers = (await ask("GET", "/v1/breakers", file, options, context));
    if (!breakers)
        return EXIT.config;
    const { terminal, runtime } = context;
    const now = runtime.clock.now();
    if (options.json)
        terminal.out(JSON.stringify(breakers));
    else if (breakers.length === 0)
        terminal.out("This hub calls nobody: what it takes is sent to it, and what it has is fetched.");
    else
        for (const line of listing(breakers, now))
            terminal.out(line);
    return EXIT.ok;
}
/** Sets one breaker, and says in a sentence what holds now. */
export async function setBreaker(action, name, file, options, context) {
    const { reason, for: length } = options;
    if (action !== "reset" && reason?.trim() === "")
        throw new UsageError("--reason is empty; say why");
    if (length !== undefined && parseDuration(length) === undefined)
        throw new UsageError(`--for is "${length}"; it is a duration such as 10m or 2h`);
    const query = new URLSearchParams({ name });
    if (reason !== undefined)
        query.set("reason", reason);
    if (length !== undefined)
        query.set("for", length);
    const breaker = (await ask("POST", `/v1/breakers/${action}?${query}`, file, options, context));
    if (!breaker)
        return EXIT.config;
    const { terminal, runtime } = context;
    terminal.out(options.json ? JSON.stringify(breaker) : sentence(breaker, runtime.clock.now()));
    return EXIT.ok;
}
/** Undefined after the errors of the configuration were printed. */
async function ask(method, path, file, options, context) {
    const { terminal, runtime } = context;
    const config = file === undefined ? undefined : await readHubConfig(file, context);
    if (file !== undefined && !config)
        return undefined;
    const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    const stop = new AbortController();
    const cancel = runtime.clock.after(ANSWER_TIMEOUT_MS, () => stop.abort());
    const forget = terminal.onStop(() => stop.abort());
    try {
        return await adminJson({ url: options.url ?? known.url, token }, method, path, stop.signal);
    }
    finally {
        cancel();
        forget();
    }
}
function listing(breakers, now) {
    const head = ["Name", "State", "Next call", "In a row", "Retries left", "In flight", "Waiting", "Today"];
    const rows = breakers.map((breaker) => [
        breaker.name,
        stateOf(breaker),
        nextCall(breaker, now),
        breaker.streak,
        Math.floor(breaker.retryTokens),
        breaker.inFlight,
        breaker.queued,
        breaker.day ? `${breaker.day.used} of ${breaker.day.count}` : "no limit",
    ]);
    const forced = breakers.filter((breaker) => breaker.forced).map((breaker) => sentence(breaker, now));
    return [...columns([head, ...rows]), ...(forced.length > 0 ? ["", ...forced] : [])];
}
function stateOf({ state, forced }) {
    return forced ? `held ${forced.state}` : state;
}
function nextCall({ nextAttemptAt, gateHeldMs }, now) {
    if (nextAttemptAt === undefined)
        return "after a reset";
    const waitMs = nextAttemptAt - now;
    if (waitMs <= 0)
        return "any time";
    return `in ${span(waitMs)}${gateHeldMs > 0 ? " (Retry-After)" : ""}`;
}
function sentence({ name, state, forced }, now) {
    if (!forced)
        return `${name} is ${state}; failures decide what comes next.`;
    const held = forced.state === "open" ? "is not called" : "is called whatever fails";
    const until = forced.until === undefined ? "until it is reset" : `for ${span(forced.until - now)}`;
    return `${name} ${held} ${until}: ${forced.reason}. wayside breaker reset ${name} ends it.`;
}
/** Whole minutes from two on: nobody counts the seconds of an hour. */
function span(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (seconds < 120)
        return `${seconds} s`;
    const minutes = Math.ceil(seconds / 60);
    if (minutes < 120)
        return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}
