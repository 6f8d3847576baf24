import { dirname, join, resolve as resolvePath } from "node:path";
import { formatBytes } from "../formats/quantities.js";
import { messageOf } from "../model/failure.js";
const SECRET_BYTES_MAX = 64 * 1024;
/** Stands for a secret while the rest of a configuration is checked: a signing key too, where one is asked for. */
export const UNREAD_SECRET = `whsec_${Buffer.from("not read: the environment was not checked").toString("base64")}`;
/** Reads every secret into the configuration; what cannot be read is a finding that names the place, never a value. */
export async function readSecrets(uses, source, files, environment) {
    const findings = [];
    const add = (path, message, mend) => findings.push(source.finding("error", "environment", path, message, mend));
    for (const use of uses) {
        const before = findings.length;
        await readOne(use, files, environment, add);
        // The rest is checked as if it were there, so that one run shows as much as possible; nothing starts like that.
        if (findings.length > before)
            use.give(UNREAD_SECRET);
    }
    return findings;
}
async function readOne(use, files, environment, add) {
    const { path, from, what = "secret" } = use;
    const given = (value, where) => {
        const wrong = use.check?.(value);
        if (wrong === undefined)
            use.give(value);
        else
            add(path, `${where} ${wrong}`, `give it a ${what} that can be used`);
    };
    if (from.env !== undefined) {
        const value = environment[from.env];
        if (value)
            given(value, `the environment variable ${from.env}`);
        else
            add(path, `the environment variable ${from.env} is not set, or empty`, `set it: export ${from.env}=...`);
        return;
    }
    if (from.file === undefined)
        return;
    const bytesMax = use.bytesMax ?? SECRET_BYTES_MAX;
    try {
        const bytes = await files.read(from.file);
        const value = new TextDecoder().decode(bytes.subarray(0, bytesMax)).replace(/\r?\n$/, "");
        if (bytes.byteLength > bytesMax)
            add(path, `${from.file} has ${bytes.byteLength} bytes`, `a ${what} is a short text; is it the right file?`);
        else if (value === "")
            add(path, `${from.file} is empty`, `write the ${what} into the file`);
        else
            given(value, from.file);
    }
    catch (thrown) {
        add(path, `the ${what} cannot be read: ${messageOf(thrown)}`, "check the path and who may read the file");
    }
}
/** What the configuration needs of the disk: files that can be read, folders that can be written. */
export async function checkEnvironment(config, source, files) {
    const findings = [];
    const add = (severity, path, message, mend) => findings.push(source.finding(severity, "environment", path, message, mend));
    for (const { gtfs, name } of config.agencies) {
        if (gtfs !== undefined && !/^https?:/.test(gtfs.location))
            await placed(files, config.store.directory, name, gtfs.location, add);
    }
    await writable(files, config.store.directory, ["store", "directory"], add);
    for (const { name, definition, options } of config.sinks) {
        for (const [option, folder] of Object.entries(definition.folders?.(options) ?? {})) {
            if (folder === undefined)
                continue;
            await writable(files, resolvePath(config.baseDirectory, folder), ["sinks", name, option], add);
        }
    }
    await roomy(files, config.store, add);
    return findings;
}
/** A schedule that was read before stays in use when its file goes away: only the first one has to be there. */
async function placed(files, store, agency, path, add) {
    const at = ["agencies", agency, "gtfs"];
    try {
        if (await files.stat(path))
            return;
        const folder = join(store, "schedules");
        const kept = (await files.stat(folder)) ? await files.list(folder) : [];
        const ofAgency = (name) => name.startsWith(`${agency}-`) && !name.slice(agency.length + 1).includes("-");
        const isKept = kept.some(({ name }) => name.endsWith(".db") && ofAgency(name));
        const message = `there is no schedule at ${path}`;
        if (isKept)
            add("warning", at, message, "put a zip or a folder there; until then the one that was read last is used");
        else
            add("error", at, message, "put a zip or a folder there, or correct the path");
    }
    catch (thrown) {
        add("error", at, `${path} cannot be looked at: ${messageOf(thrown)}`, "check who may read it");
    }
}
/** Intake would stop at once, or soon: worth knowing before the first start. */
async function roomy(files, { directory, disk }, add) {
    if (disk === undefined)
        return;
    let space;
    try {
        space = await files.space(directory);
    }
    catch {
        // A folder that cannot be looked at is the business of `writable`, which says so.
        return;
    }
    const used = 1 - space.freeBytes / space.totalBytes;
    if (used < disk.usedMax && space.freeBytes >= disk.freeBytesMin)
        return;
    const percent = (share) => `${Math.round(share * 100)} %`;
    add("warning", ["store", "disk"], `${percent(used)} of the disk of ${directory} is used and ${formatBytes(space.freeBytes)} are free, so intake stops at once (its marks: ${percent(disk.usedMax)} used, ${formatBytes(disk.freeBytesMin)} free)`, "free some room, choose another disk, or lower the marks under store.disk");
}
/** Tries it out in the folder, or in the nearest one above it that exists: rights alone do not say it. */
async function writable(files, directory, at, add) {
    try {
        let folder = directory;
        for (;;) {
            const entry = await files.stat(folder);
            if (entry && !entry.isDirectory) {
                add("error", at, `${folder} is a file, and a folder is needed`, "choose another path");
                return;
            }
            if (entry || dirname(folder) === folder)
                break;
            folder = dirname(folder);
        }
        const probe = join(folder, ".wayside-check");
        await files.writeAtomic(probe, "");
        await files.remove(probe);
    }
    catch (thrown) {
        add("error", at, `${directory} cannot be written: ${messageOf(thrown)}`, "choose a folder that this user can write, or change its owner");
    }
}
