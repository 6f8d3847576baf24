import { Failure, type FailureCode, messageOf } from "../model/failure.js";

/** What the store needs of SQLite: the part of `node:sqlite` that `@photostructure/sqlite` has too. */
export interface SqliteDatabase {
	exec(sql: string): void;
	prepare(sql: string): SqliteStatement;
	close(): void;
}

export type SqliteValue = null | number | bigint | string | Uint8Array;

export interface SqliteStatement {
	run(...parameters: SqliteValue[]): unknown;
	get(...parameters: SqliteValue[]): unknown;
	all(...parameters: SqliteValue[]): unknown[];
}

export interface SqliteDriver {
	open(path: string, options?: { readonly readOnly?: boolean }): SqliteDatabase;
}

interface SqliteModule {
	readonly DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => SqliteDatabase;
}

/** `node:sqlite` where this Node has it (22.13 and later), else `@photostructure/sqlite`, which runs on Node 20. */
export async function loadDriver(): Promise<SqliteDriver> {
	const { DatabaseSync } = await loadModule();
	return {
		open: (path, options) => new DatabaseSync(path, options?.readOnly ? { readOnly: true } : {}),
	};
}

async function loadModule(): Promise<SqliteModule> {
	const builtIn = "node:sqlite";
	try {
		return (await import(builtIn)) as SqliteModule;
	} catch (missing) {
		const code = (missing as { code?: unknown }).code;
		if (code !== "ERR_UNKNOWN_BUILTIN_MODULE" && code !== "ERR_MODULE_NOT_FOUND") throw missing;
		return (await import("@photostructure/sqlite")) as unknown as SqliteModule;
	}
}

const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** SQLite's own primary result code of a thrown error, or undefined when something else was thrown. */
export function resultCode(thrown: unknown): number | undefined {
	const code = (thrown as { errcode?: unknown } | null)?.errcode;
	return typeof code === "number" ? code & 0xff : undefined;
}

export function isFull(thrown: unknown): boolean {
	return resultCode(thrown) === FULL;
}

/** SQLite rolls some failures back by itself; a second rollback then answers with this. */
export function isNoTransaction(thrown: unknown): boolean {
	return resultCode(thrown) === 1;
}

/**
 * A failure of SQLite in our words. An error of the disk itself is final: after a sync that failed nobody knows what is
 * on the disk, and a second sync that succeeds proves nothing.
 */
export function storeFailure(thrown: unknown, directory: string): Failure {
	if (thrown instanceof Failure) return thrown;
	const words = `(SQLite says: ${messageOf(thrown)})`;
	const failure = (code: FailureCode, message: string, retryAfterMs?: number) =>
		new Failure(code, `${message} ${words}`, { cause: thrown, ...(retryAfterMs ? { retryAfterMs } : {}) });
	switch (resultCode(thrown)) {
		case FULL:
			return failure("store.full", `The disk or the size limit of the store in ${directory} is full.`, 5000);
		case IO_ERROR:
			return failure(
				"store.sync",
				`The disk failed under the store in ${directory}; nothing more is written. Check the disk, then restart.`,
			);
		case CORRUPT:
		case NOT_A_DATABASE:
			return corrupt(directory, words, thrown);
		case BUSY:
		case LOCKED:
			return failure(
				"store.busy",
				`Another program holds a write lock on the store in ${directory}; close it.`,
				1000,
			);
		default:
			return failure("bug", `The store in ${directory} could not do what it was asked.`);
	}
}

export function corrupt(directory: string, what: string, cause?: unknown): Failure {
	return new Failure(
		"store.corrupt",
		`The store in ${directory} is damaged: ${what}. Stop Wayside, copy the folder, save what can be read with ` +
			'`sqlite3 wayside.db .dump | sed "s/^ROLLBACK.*/COMMIT;/" | sqlite3 repaired.db` (docs/store.md, "Copy and ' +
			'repair", has every step), and run `wayside ledger --audit` to see what was lost',
		cause === undefined ? {} : { cause },
	);
}
