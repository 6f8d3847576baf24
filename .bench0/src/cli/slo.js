import { adminAddress, adminJson, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { columns } from "./terminal.js";
const ANSWER_TIMEOUT_MS = 10_000;
/** Objectives, error budgets and how fast they burn, of a running hub. Exit code 4: one is missed, or burns too fast. */
export async function slo(file, options, context) {
    const { terminal } = context;
    const slos = await ask(file, options, context);
    if (slos === undefined)
        return EXIT.config;
    if (options.json)
        terminal.out(JSON.stringify(slos));
    else {
        const rows = slos.map((one) => [
            one.name,
            percent(one.target),
            one.share === undefined ? "" : percent(one.share),
            one.budgetLeft === undefined ? "" : percent(one.budgetLeft),
            ...["1h", "6h", "3d"].map((window) => one.burn[window]?.toFixed(1) ?? ""),
        ]);
        const heads = ["OBJECTIVE", "TARGET", "28 DAYS", "BUDGET LEFT", "BURN 1H", "6H", "3D"];
        for (const line of columns([heads, ...rows]))
            terminal.out(line);
        terminal.out("");
        for (const { name, sentence, burning, total } of slos) {
            const tone = burning !== undefined ? "bad" : total === 0 ? "quiet" : "good";
            terminal.out(terminal.paint(tone, `${name}: ${sentence}`));
        }
    }
    const isMissed = slos.some(({ budgetLeft, burning }) => (budgetLeft ?? 1) < 0 || burning !== undefined);
    return isMissed ? EXIT.noGo : EXIT.ok;
}
/** Undefined after the errors of the configuration were printed. */
async function ask(file, { url }, context) {
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
        const address = { ...known, url: url ?? known.url, token };
        return (await adminJson(address, "GET", "/v1/slo", stop.signal));
    }
    finally {
        cancel();
        forget();
    }
}
function percent(share) {
    return `${Number((share * 100).toFixed(2))} %`;
}
