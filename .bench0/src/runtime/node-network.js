import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { Agent, EnvHttpProxyAgent } from "undici";
import { Failure, messageOf } from "../model/failure.js";
import { lookupPublic } from "./node-addresses.js";
/** One pool per connect time-out, because undici sets it per pool. Configurations name a handful. */
const POOLS_MAX = 16;
/** The connections of one network: proxy, trusted authorities and client certificate are the same for all of them. */
export class Connections {
    #network;
    #pools = { any: new Map(), public: new Map() };
    constructor(network) {
        this.#network = network;
    }
    pool(connectTimeoutMs, publicOnly) {
        const pools = publicOnly ? this.#pools.public : this.#pools.any;
        const known = pools.get(connectTimeoutMs);
        if (known !== undefined)
            return known;
        if (pools.size >= POOLS_MAX) {
            const [nearest] = [...pools].sort(([a], [b]) => Math.abs(a - connectTimeoutMs) - Math.abs(b - connectTimeoutMs));
            if (nearest !== undefined)
                return nearest[1];
        }
        const pool = createPool(connectTimeoutMs, this.#network, publicOnly);
        pools.set(connectTimeoutMs, pool);
        return pool;
    }
    async close() {
        const all = Object.values(this.#pools).flatMap((pools) => [...pools.values()]);
        for (const pools of Object.values(this.#pools))
            pools.clear();
        await Promise.all(all.map((pool) => pool.destroy()));
    }
}
function createPool(connectTimeoutMs, network, publicOnly) {
    const { proxy = "environment", clientCertificate } = network;
    const authorities = trusted(network.certificateAuthorities);
    const proxyTls = { timeout: connectTimeoutMs, ...(authorities && { ca: authorities }) };
    const tls = {
        ...proxyTls,
        ...(clientCertificate && {
            cert: clientCertificate.certificate,
            key: clientCertificate.key,
            ...(clientCertificate.passphrase !== undefined && { passphrase: clientCertificate.passphrase }),
        }),
    };
    // Of connections that are made from here; a proxy may well have a private address, and resolves names itself.
    const direct = publicOnly ? { ...tls, lookup: lookupPublic } : tls;
    if (proxy === "none")
        return new Agent({ connect: direct });
    return new EnvHttpProxyAgent({
        connect: direct,
        requestTls: tls,
        proxyTls,
        // Plain http goes to the proxy as it is: many of them open tunnels to port 443 only.
        proxyTunnel: false,
        // NO_PROXY of the environment holds for a proxy of the configuration too.
        ...(proxy !== "environment" && { httpProxy: proxy.url, httpsProxy: proxy.url }),
    });
}
/**
 * Node takes a list of authorities as all that are trusted, so those of the platform are added to the given ones, and
 * those of NODE_EXTRA_CA_CERTS, which Node leaves out as soon as there is a list.
 */
export function trusted(given) {
    if (given === undefined || given.length === 0)
        return undefined;
    const extra = process.env["NODE_EXTRA_CA_CERTS"];
    if (extra === undefined || extra === "")
        return [...rootCertificates, ...given];
    try {
        return [...rootCertificates, readFileSync(extra, "utf8"), ...given];
    }
    catch (cause) {
        throw new Failure("config.invalid", `NODE_EXTRA_CA_CERTS names ${extra}, which cannot be read (${messageOf(cause)}); correct it or unset it`, { cause });
    }
}
