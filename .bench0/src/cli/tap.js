import { adminAddress, adminLines, URL_DEFAULT } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
/** Shows a sample of the records that pass through a running hub. Records go to stdout, notices to stderr. */
export async function tap(file, options, context) {
    const { terminal } = context;
    const config = file === undefined ? undefined : await readHubConfig(file, context);
    if (file !== undefined && !config)
        return EXIT.config;
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"];
    const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
    const address = { url: options.url ?? known.url, token: token ?? known.token };
    const query = new URLSearchParams();
    for (const name of ["feed", "kind", "key"]) {
        const value = options[name];
        if (value !== undefined)
            query.set(name, value);
    }
    const stop = new AbortController();
    const forget = terminal.onStop(() => stop.abort());
    try {
        terminal.err(`Tapping ${address.url}. At most 200 records a second are shown; Ctrl-C ends it.`);
        for await (const line of adminLines(address, `/v1/tap?${query}`, stop.signal)) {
            if (line === "")
                continue;
            if (line.startsWith('{"skipped"'))
                terminal.err(`${JSON.parse(line).skipped} more passed`);
            else
                terminal.out(options.json ? line : readable(line));
        }
        return EXIT.ok;
    }
    finally {
        forget();
    }
}
/** One record in a line that fits a terminal. */
function readable(line) {
    const { id, flags, body } = JSON.parse(line);
    const facts = [
        "latitude",
        "longitude",
        "speedMps",
        "headingDeg",
        "scheduleDeviationS",
        "tripId",
        "gtfsRouteId",
    ]
        .filter((name) => body[name] !== undefined)
        .map((name) => `${name}=${String(body[name])}`);
    return [id, ...facts, ...flags.map((flag) => `[${flag}]`)].join(" ");
}
