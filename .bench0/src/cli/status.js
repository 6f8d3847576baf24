import { messageOf } from "../model/failure.js";
import { sleep } from "../runtime/runtime.js";
import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { statusLines } from "./status-table.js";
import { UsageError } from "./usage-error.js";
const HOME_AND_CLEAR = "\x1b[H\x1b[J";
/** How a running hub is, once. 4 when it is not ready, or something is wrong that should wake a person. */
export async function status(file, options, context) {
    const address = await addressOf(file, options, context);
    if (!address)
        return EXIT.config;
    const { terminal } = context;
    const now = await ask(address, new AbortController().signal);
    if (options.json)
        terminal.out(JSON.stringify(now));
    else
        for (const line of statusLines(now, terminal))
            terminal.out(line);
    return now.ready && !now.alerts?.some(({ severity }) => severity === "page") ? EXIT.ok : EXIT.noGo;
}
/** The same again and again, with rates, until Ctrl-C: drawn anew on a screen, one below the other in a pipe. */
export async function top(file, options, context) {
    const everyS = Number(options.every ?? "2");
    if (!(everyS >= 1 && everyS <= 3600)) {
        throw new UsageError(`--every is "${options.every}"; it is a number of seconds from 1 to 3600`);
    }
    const address = await addressOf(file, options, context);
    if (!address)
        return EXIT.config;
    const { terminal, runtime } = context;
    const stop = new AbortController();
    const forget = terminal.onStop(() => stop.abort());
    try {
        let before;
        // A hub that restarts is looked at again; one that was never there is an error at once.
        for (let hasAnswered = false; !stop.signal.aborted;) {
            try {
                const now = await ask(address, stop.signal);
                hasAnswered = true;
                if (options.json)
                    terminal.out(JSON.stringify(now));
                else {
                    const lines = statusLines(now, terminal, before).join("\n");
                    terminal.out(terminal.isScreen ? `${HOME_AND_CLEAR}${lines}` : `${lines}\n`);
                }
                before = now;
            }
            catch (thrown) {
                if (stop.signal.aborted)
                    break;
                if (!hasAnswered)
                    throw thrown;
                terminal.err(messageOf(thrown));
            }
            await sleep(runtime.clock, everyS * 1000, stop.signal).catch((thrown) => {
                // Ctrl-C ends the pause: that is how this command ends.
                if (!stop.signal.aborted)
                    throw thrown;
            });
        }
        return EXIT.ok;
    }
    finally {
        forget();
    }
}
async function ask(address, signal) {
    return (await adminJson(address, "GET", "/v1/status", signal));
}
/** Undefined after the errors of the configuration were printed. */
async function addressOf(file, { url }, context) {
    const config = file === undefined ? undefined : await readHubConfig(file, context);
    if (file !== undefined && !config)
        return undefined;
    const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
    const token = context.terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    return { ...known, url: url ?? known.url, token };
}
