import { isAbsolute, join, resolve as resolvePath } from "node:path";
import { z } from "zod";
import { Failure, messageOf } from "../model/failure.js";
import { restoreStore } from "../stores/store-backup.js";
import { BACKUP_VERSION, HASH_KEYS, MANIFEST, STORE_COPY } from "./backup.js";
import { EXIT } from "./exit-codes.js";
import { deliverySinksOf, readHubConfig } from "./hub-config.js";
const manifestSchema = z.object({
    backup: z.int().positive(),
    wayside: z.string(),
    createdTime: z.string(),
    store: z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    files: z.array(z.object({ file: z.string(), place: z.string() })).min(1),
    hashKeys: z.array(z.string()),
});
/** Puts a backup into place: the files that are missing, then the store. */
export async function restore(folder, file, options, context) {
    const { runtime, terminal, workingDirectory } = context;
    const from = resolvePath(workingDirectory, folder);
    const manifest = await readManifest(from, context);
    const configFile = resolvePath(workingDirectory, file ?? manifest.files[0]?.place ?? "wayside.yaml");
    const written = await writeFiles(from, manifest, configFile, context);
    // Secrets need not be there yet: only where the store lies and which sinks there are matters here.
    const config = await readHubConfig(configFile, context, { skipEnvironment: true });
    if (!config)
        return EXIT.config;
    const { directory } = config.store;
    const aside = `${directory}.before-restore-${runtime.clock.now()}`;
    const moved = (await runtime.files.stat(join(directory, STORE_COPY))) !== undefined;
    await restoreStore({
        copy: join(from, STORE_COPY),
        expected: manifest.store,
        directory,
        aside: options.force ? aside : undefined,
        deliverySinks: deliverySinksOf(config, runtime).map(({ name }) => name),
        chance: runtime.chance,
    });
    if (options.json) {
        const replaced = moved ? aside : null;
        terminal.out(JSON.stringify({ restored: directory, createdTime: manifest.createdTime, written, replaced }));
        return EXIT.ok;
    }
    terminal.out(`The store of ${manifest.createdTime} is in ${directory}.`);
    if (moved)
        terminal.out(`What was there is kept in ${aside}.`);
    for (const place of written)
        terminal.out(`Written: ${place}`);
    if (manifest.hashKeys.length > 0)
        terminal.out(`The hash keys of ${manifest.hashKeys.join(", ")} are in ${join(from, HASH_KEYS)}: put them to where the configuration reads them.`);
    terminal.out("Sinks may get again what they got after that moment. Next: wayside check, then wayside run.");
    return EXIT.ok;
}
async function readManifest(from, { runtime }) {
    const path = join(from, MANIFEST);
    const bytes = await runtime.files.read(path).catch((cause) => {
        throw new Failure("config.invalid", `${from} is no backup: ${messageOf(cause)}`, { cause });
    });
    let parsed;
    try {
        parsed = manifestSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    }
    catch (cause) {
        throw new Failure("config.invalid", `${path} is no JSON; the backup is not whole`, { cause });
    }
    if (!parsed.success)
        throw new Failure("config.invalid", `${path} is not what a backup states: ${parsed.error.issues[0]?.message}`);
    if (parsed.data.backup > BACKUP_VERSION)
        throw new Failure("store.version", `Wayside ${parsed.data.wayside} made this backup, in a newer layout than this one knows; restore it with that version`);
    return parsed.data;
}
/** Writes what is missing, and leaves what is there: a backup must not undo a change of the configuration. */
async function writeFiles(from, manifest, configFile, { runtime: { files } }) {
    const written = [];
    const base = resolvePath(configFile, "..");
    for (const [index, { file, place }] of manifest.files.entries()) {
        const target = index === 0 ? configFile : isAbsolute(place) ? place : resolvePath(base, place);
        if (await files.stat(target))
            continue;
        await files.makeDirectory(resolvePath(target, ".."));
        await files.writeAtomic(target, await files.read(join(from, file)));
        written.push(target);
    }
    return written;
}
