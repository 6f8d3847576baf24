import { basename, dirname, isAbsolute, join, relative, resolve as resolvePath } from "node:path";
import type { HubConfig } from "../config/config.js";
import { formatIsoTime } from "../formats/iso-time.js";
import { formatBytes } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { copyStore, type StoreCopy } from "../stores/store-backup.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";

export interface BackupOptions {
	readonly to?: string;
	readonly json?: boolean;
}

/** The file that says what a backup holds. Its `backup` is the version of this layout. */
export const MANIFEST = "backup.json";
export const BACKUP_VERSION = 1;
export const STORE_COPY = "wayside.db";
export const HASH_KEYS = "hash-keys.json";

export interface Manifest {
	readonly backup: number;
	readonly wayside: string;
	readonly createdTime: string;
	readonly store: StoreCopy;
	/** The configuration first. `place`: relative to the folder of the configuration, or absolute. */
	readonly files: readonly { readonly file: string; readonly place: string }[];
	/** Feeds whose key for hashes of operator ids is in `HASH_KEYS`. */
	readonly hashKeys: readonly string[];
}

/** What a configuration names is copied up to this size: tables and contracts, not schedules. */
const NAMED_FILE_BYTES_MAX = 16 * 1024 * 1024;
const DECODER_FILE = /\.(ya?ml|json|csv)$/i;

/** Copies store, configuration, contracts and hash keys into a folder, while the hub runs or not. */
export async function backup(file: string, options: BackupOptions, context: CliContext): Promise<ExitCode> {
	const { runtime, terminal, workingDirectory, version } = context;
	const { clock, files } = runtime;
	// Hash keys are copied.
	const config = await readHubConfig(file, context, { secretsOf: "all" });
	if (!config) return EXIT.config;
	const createdTime = formatIsoTime(clock.now());
	const folder = resolvePath(
		workingDirectory,
		options.to ?? `wayside-backup-${createdTime.replace(/[:.]/g, "")}`,
	);
	if (await files.stat(join(folder, MANIFEST)))
		throw new Failure("config.invalid", `${folder} holds a backup already; name another folder with --to`);
	await files.makeDirectory(folder);

	const progress = options.json ? undefined : terminal.progress(clock);
	const store = await copyStore(config.store.directory, join(folder, STORE_COPY), {
		clock,
		onProgress: (bytes, ofBytes) =>
			progress?.show(`Copying the store: ${formatBytes(bytes)} of about ${formatBytes(ofBytes)}`),
	}).finally(() => progress?.end());
	const named = await copyNamedFiles(resolvePath(workingDirectory, file), config, folder, context);
	const keys = hashKeysOf(config);
	const hashKeys = Object.keys(keys);
	if (hashKeys.length > 0)
		await files.writeAtomic(join(folder, HASH_KEYS), `${JSON.stringify(keys, undefined, "\t")}\n`, {
			ownerOnly: true,
		});
	const manifest: Manifest = {
		backup: BACKUP_VERSION,
		wayside: version,
		createdTime,
		store,
		files: named,
		hashKeys,
	};
	// Last, so that a folder with it is a whole backup.
	await files.writeAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, "\t")}\n`);

	if (options.json) terminal.out(JSON.stringify({ folder, ...manifest }));
	else {
		terminal.out(`Backup in ${folder}`);
		terminal.out(`  store          ${formatBytes(store.bytes)}, one moment of it`);
		terminal.out(`  configuration  ${named.map(({ place }) => place).join(", ")}`);
		if (hashKeys.length > 0)
			terminal.out(`  hash keys      of ${hashKeys.join(", ")}: keep this folder as secret as the keys`);
		terminal.out(
			`Raw frames can be read with the keys in it until you delete it. Restore with: wayside restore ${folder}`,
		);
	}
	return EXIT.ok;
}

/** The configuration and the files that it names, but for schedules and secrets. */
async function copyNamedFiles(
	configFile: string,
	config: HubConfig,
	folder: string,
	{ runtime: { files } }: CliContext,
): Promise<Manifest["files"]> {
	const base = dirname(configFile);
	const wanted = new Set<string>([configFile]);
	for (const { ids } of config.agencies) for (const file of ids?.files ?? []) wanted.add(file);
	for (const { upstreams } of config.feeds) {
		for (const { contract, decoder } of upstreams) {
			if (contract !== undefined) wanted.add(contract.path);
			for (const text of textsIn(decoder.options))
				if (DECODER_FILE.test(text)) wanted.add(isAbsolute(text) ? text : resolvePath(base, text));
		}
	}
	const copied: { file: string; place: string }[] = [];
	for (const path of wanted) {
		const entry = await files.stat(path);
		if (!entry || entry.isDirectory || entry.bytes > NAMED_FILE_BYTES_MAX) continue;
		const inside = relative(base, path);
		const place = inside.startsWith("..") || isAbsolute(inside) ? path : inside.replaceAll("\\", "/");
		const file = `config/${place === path ? `elsewhere-${copied.length}-${basename(path)}` : place}`;
		await files.makeDirectory(dirname(join(folder, file)));
		await files.writeAtomic(join(folder, file), await files.read(path));
		copied.push({ file, place });
	}
	return copied;
}

function textsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function hashKeysOf(config: HubConfig): Record<string, string> {
	const keys: Record<string, string> = {};
	for (const { name, privacy } of config.feeds)
		if (privacy.hashKey !== undefined) keys[name] = privacy.hashKey;
	return keys;
}
