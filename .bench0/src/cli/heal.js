import { formatIsoTime } from "../formats/iso-time.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
const ANSWER_TIMEOUT_MS = 30_000;
const SAYS = {
    accept: "is accepted: payloads are read so, and those since the change are decoded again",
    reject: "is rejected: nothing is changed",
    rollback: "is rolled back: payloads are read as they are sent, and those that were read otherwise are decoded again",
};
/** What was proposed, accepted and taken back, the newest first. */
export async function listHeals(file, options, context) {
    const heals = (await ask("GET", "/v1/heals", file, options, context));
    if (!heals)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(heals));
    else if (heals.length === 0)
        terminal.out("Nothing is proposed: upstreams send what they sent before, as far as can be told.");
    else
        for (const line of listing(heals))
            terminal.out(line);
    return EXIT.ok;
}
export async function showHeal(name, id, file, options, context) {
    const { feed, upstream } = placeOf(name);
    const heals = (await ask("GET", "/v1/heals", file, options, context));
    if (!heals)
        return EXIT.config;
    const found = heals.find((one) => one.feed === feed && one.id === Number(id) && (upstream === undefined || one.upstream === upstream));
    if (found === undefined) {
        const known = heals.map((one) => `${one.feed}/${one.upstream} ${one.id}`).join(", ");
        throw new UsageError(`There is no repair ${name} ${id}; ${known === "" ? "there is none" : `there are: ${known}`}`);
    }
    if (options.json)
        context.terminal.out(JSON.stringify(found));
    else
        for (const line of story(found))
            context.terminal.out(line);
    return EXIT.ok;
}
/** Accepts, rejects or rolls back, and says in a sentence what holds now. */
export async function decideHeal(verb, name, id, file, options, context) {
    if (!/^\d{1,9}$/.test(id))
        throw new UsageError(`"${id}" is no repair; it is a number, as wayside heal ls shows it`);
    const { environment } = context.terminal;
    const by = options.by ?? environment["SUDO_USER"] ?? environment["USER"] ?? "somebody at the command line";
    const { feed, upstream } = placeOf(name);
    const query = new URLSearchParams({ feed, id, by });
    if (upstream !== undefined)
        query.set("upstream", `${upstream}`);
    const heal = (await ask("POST", `/v1/heals/${verb}?${query}`, file, options, context));
    if (!heal)
        return EXIT.config;
    const sentence = `Repair ${heal.id} of ${heal.feed}/${heal.upstream} ${SAYS[verb]}.`;
    context.terminal.out(options.json ? JSON.stringify(heal) : sentence);
    return EXIT.ok;
}
/** `metro-avl`, or `metro-avl/0` where a feed has several upstreams. */
function placeOf(name) {
    const [, feed = name, upstream] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
    return { feed, upstream: upstream === undefined ? undefined : Number(upstream) };
}
function listing(heals) {
    const head = ["Upstream", "Repair", "State", "Sure", "Vehicles", "What is done"];
    const rows = heals.map((one) => [
        `${one.feed}/${one.upstream}`,
        one.id,
        one.state.replace("_", " "),
        one.confidence.toFixed(2),
        one.vehicles,
        `${one.edits[0] ?? ""}${one.edits.length > 1 ? ` And ${one.edits.length - 1} more.` : ""}`,
    ]);
    return columns([head, ...rows]);
}
function story(heal) {
    const { feed, upstream, id, state, rank, confidence, vehicles, isLossy, edits, evidence } = heal;
    const time = formatIsoTime;
    return [
        `Repair ${id} of ${feed}/${upstream}: ${state.replace("_", " ")}`,
        `Since ${time(heal.fromTime)} upstream sends something else; proposed ${time(heal.proposedTime)}, as number ${rank} of its proposals.`,
        `Confidence ${confidence.toFixed(2)}; ${vehicles} vehicles agree.${isLossy ? " Something that is left out now cannot be restored." : ""}`,
        ...(heal.decidedTime === undefined ? [] : [`Decided ${time(heal.decidedTime)} by ${heal.decidedBy}.`]),
        "What is done:",
        ...edits.map((edit) => `  ${edit}`),
        "What speaks for it:",
        ...evidence.map((one) => `  ${one}`),
    ];
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
