import { basename, dirname, isAbsolute, join, relative, resolve as resolvePath } from "node:path";
import { formatIsoTime } from "../formats/iso-time.js";
import { formatBytes } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { copyStore } from "../stores/store-backup.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
/** The file that says what a backup holds. Its `backup` is the version of this layout. */
export const MANIFEST = "backup.json";
export const BACKUP_VERSION = 1;
export const STORE_COPY = "wayside.db";
export const HASH_KEYS = "hash-keys.json";
/** What a configuration names is copied up to this size: tables and contracts, not schedules. */
const NAMED_FILE_BYTES_MAX = 16 * 1024 * 1024;
const DECODER_FILE = /\.(ya?ml|json|csv)$/i;
/** Copies store, configuration, contracts and hash keys into a folder, while the hub runs or not. */
export async function backup(file, options, context) {
    const { runtime, terminal, workingDirectory, version } = context;
    const { clock, files } = runtime;
    // Hash keys are copied.
    const config = await readHubConfig(file, context, { secretsOf: "all" });
    if (!config)
        return EXIT.config;
    const createdTime = formatIsoTime(clock.now());
    const folder = resolvePath(workingDirectory, options.to ?? `wayside-backup-${createdTime.replace(/[:.]/g, "")}`);
    if (await files.stat(join(folder, MANIFEST)))
        throw new Failure("config.invalid", `${folder} holds a backup already; name another folder with --to`);
    await files.makeDirectory(folder);
    const progress = options.json ? undefined : terminal.progress(clock);
    const store = await copyStore(config.store.directory, join(folder, STORE_COPY), {
        clock,
        onProgress: (bytes, ofBytes) => progress?.show(`Copying the store: ${formatBytes(bytes)} of about ${formatBytes(ofBytes)}`),
    }).finally(() => progress?.end());
    const named = await copyNamedFiles(resolvePath(workingDirectory, file), config, folder, context);
    const keys = hashKeysOf(config);
    const hashKeys = Object.keys(keys);
    if (hashKeys.length > 0)
        await files.writeAtomic(join(folder, HASH_KEYS), `${JSON.stringify(keys, undefined, "\t")}\n`, {
            ownerOnly: true,
        });
    const manifest = {
        backup: BACKUP_VERSION,
        wayside: version,
        createdTime,
        store,
        files: named,
        hashKeys,
    };
    // Last, so that a folder with it is a whole backup.
    await files.writeAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, "\t")}\n`);
    if (options.json)
        terminal.out(JSON.stringify({ folder, ...manifest }));
    else {
        terminal.out(`Backup in ${folder}`);
        terminal.out(`  store          ${formatBytes(store.bytes)}, one moment of it`);
        terminal.out(`  configuration  ${named.map(({ place }) => place).join(", ")}`);
        if (hashKeys.length > 0)
            terminal.out(`  hash keys      of ${hashKeys.join(", ")}: keep this folder as secret as the keys`);
        terminal.out(`Raw frames can be read with the keys in it until you delete it. Restore with: wayside restore ${folder}`);
    }
    return EXIT.ok;
}
/** The configuration and the files that it names, but for schedules and secrets. */
async function copyNamedFiles(configFile, config, folder, { runtime: { files } }) {
    const base = dirname(configFile);
    const wanted = new Set([configFile]);
    for (const { ids } of config.agencies)
        for (const file of ids?.files ?? [])
            wanted.add(file);
    for (const { upstreams } of config.feeds) {
        for (const { contract, decoder } of upstreams) {
            if (contract !== undefined)
                wanted.add(contract.path);
            for (const text of textsIn(decoder.options))
                if (DECODER_FILE.test(text))
                    wanted.add(isAbsolute(text) ? text : resolvePath(base, text));
        }
    }
    const copied = [];
    for (const path of wanted) {
        const entry = await files.stat(path);
        if (!entry || entry.isDirectory || entry.bytes > NAMED_FILE_BYTES_MAX)
            continue;
        const inside = relative(base, path);
        const place = inside.startsWith("..") || isAbsolute(inside) ? path : inside.replaceAll("\\", "/");
        const file = `config/${place === path ? `elsewhere-${copied.length}-${basename(path)}` : place}`;
        await files.makeDirectory(dirname(join(folder, file)));
        await files.writeAtomic(join(folder, file), await files.read(path));
        copied.push({ file, place });
    }
    return copied;
}
function textsIn(value) {
    if (typeof value === "string")
        return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
function hashKeysOf(config) {
    const keys = {};
    for (const { name, privacy } of config.feeds)
        if (privacy.hashKey !== undefined)
            keys[name] = privacy.hashKey;
    return keys;
}
