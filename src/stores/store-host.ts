import { Failure, type FailureCode } from "../model/failure.js";
import type { CommitOutcome, WireCommit } from "./sqlite-commits.js";
import type { SqliteCore } from "./sqlite-core.js";

/** What can be asked of the core besides commits. */
export type CoreMethod =
	| "read"
	| "bounds"
	| "packsOfMinute"
	| "offsetAt"
	| "cursor"
	| "state"
	| "stateNames"
	| "ledger"
	| "ledgerSums"
	| "openAccounts"
	| "ledgerFolds"
	| "foldLedger"
	| "pending"
	| "letterIssues"
	| "letters"
	| "settledLetters"
	| "openLetters"
	| "retain"
	| "usage";

/** Runs the core somewhere. Calls and commits take effect in the order in which they were made. */
export interface StoreHost {
	readonly partitions: number;
	readonly opens: number;
	readonly sqliteVersion: string;
	commit(group: readonly WireCommit[]): Promise<readonly CommitOutcome[]>;
	call<M extends CoreMethod>(
		method: M,
		...parameters: Parameters<SqliteCore[M]>
	): Promise<ReturnType<SqliteCore[M]>>;
	close(): Promise<void>;
}

/** A failure as it travels between threads. */
export interface WireFailure {
	readonly code: FailureCode;
	readonly message: string;
	readonly retryAfterMs: number | undefined;
}

export type WireOutcome = { readonly offsets: readonly number[] } | { readonly failure: WireFailure };

export type WireRequest =
	| { readonly id: number; readonly method: CoreMethod; readonly parameters: readonly unknown[] }
	| { readonly id: number; readonly method: "commit"; readonly group: readonly WireCommit[] }
	| { readonly id: number; readonly method: "close" };

/** Answers carry the id of their request; the first one, without a request, has id 0 and says that the store is open. */
export type WireReply =
	| { readonly id: number; readonly result: unknown }
	| { readonly id: number; readonly failure: WireFailure };

export function failureToWire({ code, message, retryAfterMs }: Failure): WireFailure {
	return { code, message, retryAfterMs };
}

export function failureFromWire({ code, message, retryAfterMs }: WireFailure): Failure {
	return new Failure(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}
