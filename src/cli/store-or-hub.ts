import type { HubConfig } from "../config/config.js";
import type { Log } from "../log/log.js";
import { Failure } from "../model/failure.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { type AdminAddress, adminAddress } from "./admin-client.js";
import type { CliContext } from "./context.js";

/** Who answers a question about a store: the store itself, or the hub that has it open. */
export type StoreOrHub =
	| { readonly log: Log; readonly hub?: undefined; close(): Promise<void> }
	| { readonly log?: undefined; readonly hub: AdminAddress; close(): Promise<void> };

/** With `url` the hub there is asked. Else the store is opened, and a running hub is asked when it has it open. */
export async function openStoreOrHub(
	config: HubConfig,
	url: string | undefined,
	{ runtime, terminal }: CliContext,
): Promise<StoreOrHub> {
	const { directory } = config.store;
	if (url === undefined) {
		if (!(await runtime.files.stat(directory))) {
			throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
		}
		try {
			const log = await openSqliteLog({ directory, chance: runtime.chance });
			return { log, close: () => log.close() };
		} catch (thrown) {
			// A running hub has the store: it answers for us.
			if (!(thrown instanceof Failure) || thrown.code !== "store.locked") throw thrown;
		}
	}
	const known = adminAddress(config.http);
	const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
	return { hub: { ...known, url: url ?? known.url, token }, close: async () => undefined };
}
