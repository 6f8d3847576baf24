import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { stat } from "node:fs/promises";
import { connect } from "node:tls";
import { trusted } from "./node-network.js";
const OTHERS_READ = 0o004;
/** Over the platform's own resolver, sockets and files. */
export function createNodeProbe() {
    return {
        addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
        certificate,
        validToTime: (pem) => Date.parse(new X509Certificate(pem).validTo),
        async isOpenToAll(path) {
            if (process.platform === "win32")
                return undefined;
            try {
                return ((await stat(path)).mode & OTHERS_READ) !== 0;
            }
            catch (thrown) {
                const { code } = thrown;
                if (code === "ENOENT" || code === "ENOTDIR")
                    return undefined;
                throw thrown;
            }
        },
    };
}
function certificate(host, port, { certificateAuthorities, clientCertificate }, timeoutMs) {
    const authorities = trusted(certificateAuthorities);
    return new Promise((resolve, reject) => {
        const socket = connect({
            host,
            port,
            // An address is no name: servers that choose by name get none then.
            ...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}),
            // It is looked at, and told; nothing is sent over it.
            rejectUnauthorized: false,
            ...(authorities && { ca: authorities }),
            ...(clientCertificate && {
                cert: clientCertificate.certificate,
                key: clientCertificate.key,
                ...(clientCertificate.passphrase !== undefined && { passphrase: clientCertificate.passphrase }),
            }),
        });
        socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
        socket.once("error", reject);
        socket.once("secureConnect", () => {
            const seen = socket.getPeerCertificate();
            const refusal = socket.authorized ? undefined : String(socket.authorizationError);
            socket.destroy();
            resolve({
                validFromTime: Date.parse(seen.valid_from),
                validToTime: Date.parse(seen.valid_to),
                issuer: issuerOf(seen),
                ...(refusal === undefined ? {} : { refusal }),
            });
        });
    });
}
function issuerOf({ issuer }) {
    const { O, CN } = (issuer ?? {});
    return [O ?? CN ?? "nobody"].flat().join(", ");
}
