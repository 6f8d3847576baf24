import { parseHttpDate } from "../formats/http-date.js";
import { messageOf } from "../model/failure.js";
import { createUpstream } from "../resilience/index.js";
import { expiry } from "./doctor-machine.js";
const TIMEOUT_MS = 5_000;
/** As the alerts have it. */
const SKEW_WARN_S = 10;
const SKEW_BAD_S = 60;
/** A date in a header has whole seconds: on the mean half of one is cut off. */
const CUT_OFF_MS = 500;
const PORTS = {
    "https:": 443,
    "mqtts:": 8883,
    "wss:": 443,
};
/** Whom the hub calls: whether names resolve, certificates are good, hosts answer, and clocks agree. One HEAD request each. */
export async function checkNetwork(config, probe, context) {
    const seen = new Set();
    const wanted = destinationsOf(config).filter(({ url, network }) => {
        const key = `${url.protocol}//${url.host} ${JSON.stringify(network)}`;
        const isNew = !seen.has(key);
        seen.add(key);
        return isNew;
    });
    const found = await Promise.all(wanted.map((destination) => checkDestination(destination, probe, context)));
    return found.flat();
}
function destinationsOf(config) {
    const all = config.network ?? {};
    const found = [];
    const add = (of, options, network, isUpstream) => {
        for (const url of urlsIn(options))
            found.push({ of, url, network: network ?? all, isUpstream });
    };
    for (const { name, upstreams } of config.feeds)
        for (const { index, source, network } of upstreams)
            add(`feed ${name}, upstream ${index}`, source.options, network, true);
    for (const { name, options, network } of config.sinks)
        add(`sink ${name}`, options, network, false);
    for (const { name, gtfs } of config.agencies)
        add(`schedule of ${name}`, gtfs?.location, undefined, false);
    return found;
}
/** Every address among the options of a plug-in: URLs, and a host with its port. */
function urlsIn(value) {
    if (typeof value === "string") {
        if (!/^(https?|mqtts?|wss?|postgres(ql)?):\/\//.test(value) || !URL.canParse(value))
            return [];
        const url = new URL(value);
        return url.searchParams.get("host")?.startsWith("/") ? [] : [url];
    }
    if (typeof value !== "object" || value === null)
        return [];
    const { host, port } = value;
    const place = `tcp://${typeof host === "string" && host.includes(":") ? `[${host}]` : String(host)}:${String(port)}`;
    const isPlace = typeof host === "string" && typeof port === "number" && URL.canParse(place);
    return [...(isPlace ? [new URL(place)] : []), ...Object.values(value).flatMap(urlsIn)];
}
async function checkDestination({ of, url, network, isUpstream }, probe, context) {
    const where = `${of} (${url.host})`;
    const found = [];
    const proxied = isBehindProxy(url, network, context.terminal.environment);
    if (proxied) {
        const message = "Not looked at: a proxy stands between, and resolves names itself";
        found.push({ check: "dns", of: where, verdict: "skipped", message });
    }
    else {
        const dns = await checkName(where, url, probe);
        if (dns)
            found.push(dns);
        if (dns?.verdict === "bad")
            return found;
        const port = Number(url.port) || PORTS[url.protocol];
        if (url.protocol in PORTS && port !== undefined)
            found.push(await checkCertificate(where, url, port, network, probe, context));
    }
    if (/^https?:$/.test(url.protocol))
        found.push(...(await checkAnswer(where, url, network, isUpstream, context)));
    return found;
}
async function checkName(of, url, probe) {
    const host = hostOf(url);
    if (/^[\d.]+$|:/.test(host))
        return undefined;
    try {
        const addresses = await probe.addresses(host);
        return { check: "dns", of, verdict: "good", message: `The name resolves to ${addresses.join(", ")}` };
    }
    catch (thrown) {
        return {
            check: "dns",
            of,
            verdict: "bad",
            message: `The name ${host} does not resolve (${messageOf(thrown)})`,
            mend: `Check the name, and the resolver of this machine: \`getent hosts ${host}\`, /etc/resolv.conf`,
        };
    }
}
async function checkCertificate(of, url, port, network, probe, { runtime: { clock } }) {
    try {
        const seen = await probe.certificate(hostOf(url), port, network, TIMEOUT_MS);
        const mend = `Tell whoever runs ${url.host} to renew it`;
        const end = expiry(of, seen.validToTime, clock.now(), mend);
        if (seen.refusal === undefined || seen.validToTime < clock.now())
            return end;
        return {
            check: "tls",
            of,
            verdict: "bad",
            message: `Its certificate, signed by ${seen.issuer}, is refused: ${seen.refusal}`,
            mend: "If it is an authority of your own, name its PEM file under `network.ca`; else ask whoever runs it (docs/network.md)",
        };
    }
    catch (thrown) {
        return {
            check: "tls",
            of,
            verdict: "bad",
            message: `No connection with TLS: ${messageOf(thrown)}`,
            mend: "Check host and port, and the firewall between",
        };
    }
}
/** Any answer will do, also a 404: nothing of the feed is asked for, and no key is shown. */
async function checkAnswer(of, url, network, isUpstream, { runtime }) {
    const { clock } = runtime;
    const http = runtime.http.through?.(network) ?? runtime.http;
    const upstream = createUpstream(`doctor:${url.host}`, 
    // Once, whatever comes of it: the person who asks decides whether to ask again.
    {
        retry: { maxRetries: 0 },
        timeout: { attemptMs: TIMEOUT_MS, jobMs: TIMEOUT_MS },
        fallback: false,
    }, runtime);
    const started = clock.monotonic();
    try {
        const { headers, status } = await upstream.execute(({ signal }) => http.request({ method: "HEAD", url: `${url.origin}/`, signal }));
        const tookMs = clock.monotonic() - started;
        const answer = {
            check: "answer",
            of,
            verdict: "good",
            message: `Answers (${status}) within ${Math.round(tookMs)} ms`,
        };
        return isUpstream ? [answer, clockFinding(of, headers["date"], clock.now() - tookMs / 2)] : [answer];
    }
    catch (thrown) {
        return [
            {
                check: "answer",
                of,
                verdict: "bad",
                message: `No answer: ${messageOf(thrown)}`,
                mend: "Check host and port, the firewall between, and whether it is up",
            },
        ];
    }
    finally {
        await upstream.dispose();
    }
}
function clockFinding(of, date, here) {
    const there = date === undefined ? undefined : parseHttpDate(date, here);
    if (there === undefined)
        return { check: "clock", of, verdict: "skipped", message: "Its answers state no date to compare with" };
    const skewS = (there + CUT_OFF_MS - here) / 1000;
    const size = Math.abs(skewS);
    const verdict = size >= SKEW_BAD_S ? "bad" : size >= SKEW_WARN_S ? "warn" : "good";
    if (verdict === "good")
        return {
            check: "clock",
            of,
            verdict,
            message: `Its clock and this one agree within ${Math.ceil(size)} s`,
        };
    return {
        check: "clock",
        of,
        verdict,
        message: `Its clock is ${Math.round(size)} s ${skewS > 0 ? "ahead of" : "behind"} this one: ages of vehicles are wrong by as much`,
        mend: "See whether this machine keeps time (`timedatectl`, `chronyc tracking`) and synchronise it; when it does, tell " +
            "whoever runs the upstream",
    };
}
function hostOf(url) {
    return url.hostname.replace(/^\[|\]$/g, "");
}
function isBehindProxy({ protocol }, { proxy = "environment" }, environment) {
    if (!/^https?:$/.test(protocol) || proxy === "none")
        return false;
    if (proxy !== "environment")
        return true;
    const name = protocol === "https:" ? "https_proxy" : "http_proxy";
    return Boolean(environment[name] ?? environment[name.toUpperCase()]);
}
