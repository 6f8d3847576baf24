import { SqliteCore } from "./sqlite-core.js";
import type { SqliteDriver } from "./sqlite-driver.js";
import type { StoreSettings } from "./sqlite-open.js";
import type { StoreHost } from "./store-host.js";

/** The core on the calling thread: for tests, simulations and one-off commands. It never leaves the microtask queue. */
export function openInThread(driver: SqliteDriver, settings: StoreSettings): StoreHost {
	const core = new SqliteCore(driver, settings);
	return {
		partitions: core.partitions,
		opens: core.opens,
		sqliteVersion: core.sqliteVersion,
		commit: async (group) => core.commitGroup(group),
		call: async (method, ...parameters) => {
			const run = core[method] as (...given: typeof parameters) => ReturnType<SqliteCore[typeof method]>;
			return run.apply(core, parameters);
		},
		close: async () => core.close(),
	};
}
