import { resolve as resolvePath } from "node:path";
import { formatIsoTime } from "../formats/iso-time.js";
import { formatBytes } from "../formats/quantities.js";
import { messageOf } from "../model/failure.js";
import { DAY_MS } from "../model/units.js";
/** Who renews by hand needs some days; who renews by a program renews earlier than that. */
const EXPIRY_WARN_MS = 14 * DAY_MS;
const EXPIRY_BAD_MS = 2 * DAY_MS;
const FREE_SHARE_MIN = 0.05;
/** Of the room between now and where intake stops. */
const NEAR_SHARE = 0.1;
/** Room on the disks that are written to, against the marks at which intake stops. */
export async function checkDisks(config, { runtime: { files } }) {
    const { directory, disk } = config.store;
    const found = [];
    const mend = "Free some room, or move the folder to a larger disk; `store.retention` and the marks under `store.disk` say how much is kept and where intake stops";
    const look = async (folder, judge) => {
        const { freeBytes, totalBytes } = await files.space(folder);
        const used = 1 - freeBytes / totalBytes;
        const verdict = judge(used, freeBytes);
        const message = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free (${Math.round(used * 100)} % used)`;
        const stops = folder === directory && verdict === "bad" ? ": intake stops at its mark" : "";
        found.push({
            check: "disk",
            of: folder,
            verdict,
            message: `${message}${stops}`,
            ...(verdict === "good" ? {} : { mend }),
        });
    };
    await look(directory, (used, freeBytes) => {
        const usedMax = disk?.usedMax ?? 1;
        const freeMin = disk?.freeBytesMin ?? 0;
        if (used >= usedMax || freeBytes < freeMin)
            return "bad";
        return used >= usedMax - NEAR_SHARE * usedMax || freeBytes < 2 * freeMin ? "warn" : "good";
    });
    const folders = new Set();
    for (const { definition, options } of config.sinks)
        for (const folder of Object.values(definition.folders?.(options) ?? {}))
            if (folder !== undefined)
                folders.add(resolvePath(config.baseDirectory, folder));
    for (const folder of folders)
        await look(folder, (used) => (1 - used < FREE_SHARE_MIN ? "warn" : "good"));
    return found;
}
/** Rights that are wider than they should be. Rights that lack something are found with the configuration. */
export async function checkRights(config, probe) {
    const found = [];
    const look = async (path, what, mend) => {
        if (path === undefined || (await probe.isOpenToAll(path)) !== true)
            return;
        found.push({
            check: "permissions",
            of: path,
            verdict: "warn",
            message: `Every user of this machine may read ${what}`,
            mend: mend(path),
        });
    };
    await look(config.store.directory, "the store", (path) => `chmod o-rwx ${path}`);
    for (const { tls } of [config.http.public, config.http.admin])
        await look(tls?.keyFile, "the private key of a listener", (path) => `chmod 600 ${path}`);
    return found;
}
/** Certificates that this hub shows: to those who call it, and to upstreams that ask who it is. */
export function checkOwnCertificates(config, probe, now) {
    const { http, network, feeds, sinks } = config;
    const shown = [
        ["the public listener", http.public.tls?.certificate],
        ["the admin listener", http.admin.tls?.certificate],
        ["this hub, to others", network?.clientCertificate?.certificate],
        ...feeds.flatMap(({ name, upstreams }) => upstreams.map((upstream) => [
            `this hub, to feed ${name}, upstream ${upstream.index}`,
            upstream.network?.clientCertificate?.certificate,
        ])),
        ...sinks.map((sink) => [`this hub, to sink ${sink.name}`, sink.network?.clientCertificate?.certificate]),
    ];
    return shown.flatMap(([of, pem]) => (pem === undefined ? [] : [ownCertificate(of, pem, probe, now)]));
}
function ownCertificate(of, pem, probe, now) {
    try {
        return expiry(of, probe.validToTime(pem), now, "Renew it: the files are read again within a minute");
    }
    catch (thrown) {
        return {
            check: "tls",
            of,
            verdict: "bad",
            message: `Its certificate cannot be read: ${messageOf(thrown)}`,
            mend: "Put a certificate in PEM form there",
        };
    }
}
export function expiry(of, validToTime, now, mend) {
    const leftMs = validToTime - now;
    const date = formatIsoTime(validToTime).slice(0, 10);
    const verdict = leftMs < EXPIRY_BAD_MS ? "bad" : leftMs < EXPIRY_WARN_MS ? "warn" : "good";
    const days = Math.floor(Math.abs(leftMs) / DAY_MS);
    const message = leftMs < 0
        ? `Its certificate ended ${days} days ago, on ${date}`
        : `Its certificate is good for ${days} more days, until ${date}`;
    return { check: "tls", of, verdict, message, ...(verdict === "good" ? {} : { mend }) };
}
