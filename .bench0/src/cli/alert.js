import { parseDuration } from "../formats/quantities.js";
import { span } from "../gateway/status-page.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
/** A test of a channel that hangs takes as long as the channel waits. */
const ANSWER_TIMEOUT_MS = 150_000;
/** What is open, who takes care of it, and whether people can be reached. */
export async function listAlerts(file, options, context) {
    const listed = (await ask("GET", "/v1/alerts", file, options, context));
    if (!listed)
        return EXIT.config;
    const { terminal, runtime } = context;
    if (options.json)
        terminal.out(JSON.stringify(listed));
    else
        for (const line of listing(listed, runtime.clock.now()))
            terminal.out(line);
    return EXIT.ok;
}
/** Says that somebody takes care of it: nobody else is called, and the channels that told it say so. */
export async function acknowledgeAlert(alert, file, options, context) {
    const { environment } = context.terminal;
    const by = options.by ?? environment["SUDO_USER"] ?? environment["USER"] ?? "somebody at the command line";
    const query = new URLSearchParams({ alert, by });
    if (options.subject !== undefined)
        query.set("subject", options.subject);
    if (options.note !== undefined)
        query.set("note", options.note);
    const found = (await ask("POST", `/v1/alerts/ack?${query}`, file, options, context));
    if (!found)
        return EXIT.config;
    if (options.json)
        context.terminal.out(JSON.stringify(found));
    else
        for (const one of found)
            context.terminal.out(`${one.alert} of ${one.subject} is taken care of by ${by}; nothing more is told of it but its end.`);
    return EXIT.ok;
}
/** Tells nothing of some alerts for a while, or all of them again. */
export async function silenceAlerts(file, options, context) {
    const { terminal } = context;
    const { alert, subject } = options;
    if (options.end) {
        const ended = (await ask("POST", "/v1/alerts/unsilence", file, options, context));
        if (!ended)
            return EXIT.config;
        terminal.out(options.json ? JSON.stringify(ended) : `${ended.ended} silences are over.`);
        return EXIT.ok;
    }
    if ((options.reason ?? "").trim() === "")
        throw new UsageError("say why, for the next person who asks: --reason TEXT");
    const length = options.for ?? "1h";
    if (parseDuration(length) === undefined)
        throw new UsageError(`--for is "${length}"; it is a duration such as 10m or 2h`);
    const by = options.by ?? terminal.environment["USER"] ?? "somebody at the command line";
    const query = new URLSearchParams({ for: length, by, reason: options.reason ?? "" });
    if (alert !== undefined)
        query.set("alert", alert);
    if (subject !== undefined)
        query.set("subject", subject);
    const listed = (await ask("POST", `/v1/alerts/silence?${query}`, file, options, context));
    if (!listed)
        return EXIT.config;
    const what = `${alert ?? "every alert"}${subject === undefined ? "" : ` of ${subject}`}`;
    terminal.out(options.json
        ? JSON.stringify(listed.alerting.silences)
        : `Nothing is told of ${what} for ${length}; wayside alert silence --end ends it.`);
    return EXIT.ok;
}
/** Tells a marked test over each channel, and what each of them answered. Fails when one could not be reached. */
export async function testAlerts(file, options, context) {
    const { channel } = options;
    const query = channel === undefined ? "" : `?${new URLSearchParams({ channel })}`;
    const tests = (await ask("POST", `/v1/alerts/test${query}`, file, options, context));
    if (!tests)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(tests));
    else if (tests.length === 0)
        terminal.out("No channel is configured, so nobody can be told: add some under alerts.channels.");
    else
        for (const { channel: name, type, ok, said, tookMs } of tests)
            terminal.out(`${terminal.paint(ok ? "good" : "bad", ok ? "reached" : "FAILED ")} ${name} (${type}, ${tookMs} ms): ${said}`);
    return tests.every(({ ok }) => ok) ? EXIT.ok : EXIT.noGo;
}
function listing({ alerts, alerting }, now) {
    const lines = [];
    if (alerts.length === 0)
        lines.push("No alert is open.");
    for (const one of alerts) {
        const { severity, alert, subject, since, what, todo, acked, runbook, toldTo = [], owner } = one;
        const whom = toldTo.length === 0 ? "nobody was told over a channel" : `told over ${toldTo.join(", ")}`;
        const care = acked === undefined ? "nobody has acknowledged it" : `${acked.by} takes care of it`;
        lines.push(`${severity} ${alert} ${subject}, for ${span(Math.max(0, now - since))}: ${what}`);
        lines.push(`  ${one.affected}`, `  Riders see: ${one.riders}`, `  ${one.evidence} ${one.done}`, `  To do: ${todo} (${runbook})`, `  ${owner === undefined ? "" : `Owner: ${owner}; `}${whom}; ${care}.`);
    }
    for (const { alert, subject, untilTime, by, reason } of alerting.silences)
        lines.push(`Silent for ${span(Math.max(0, untilTime - now))}: ${alert ?? "every alert"} ${subject ?? ""} by ${by}: ${reason}`);
    const { channels, isQuiet, heartbeat } = alerting;
    if (channels.length === 0)
        lines.push("", "No channel is configured: alerts stand here and on the status page only.");
    else {
        const rows = channels.map(({ name, type, state, queued, sent, failed, sentence }) => [
            name,
            type,
            state,
            queued,
            sent,
            failed,
            sentence,
        ]);
        lines.push("", ...columns([["CHANNEL", "TYPE", "STATE", "WAITING", "TAKEN", "FAILED", ""], ...rows]));
    }
    if (isQuiet)
        lines.push("Quiet hours: warnings wait for the morning.");
    if (heartbeat !== undefined)
        lines.push(heartbeat.sentence);
    return lines;
}
/** Undefined after the errors of the configuration were printed. */
async function ask(method, path, file, { url }, context) {
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
        return await adminJson({ ...known, url: url ?? known.url, token }, method, path, stop.signal);
    }
    finally {
        cancel();
        forget();
    }
}
