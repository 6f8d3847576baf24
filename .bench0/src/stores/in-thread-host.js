import { SqliteCore } from "./sqlite-core.js";
/** The core on the calling thread: for tests, simulations and one-off commands. It never leaves the microtask queue. */
export function openInThread(driver, settings) {
    const core = new SqliteCore(driver, settings);
    return {
        partitions: core.partitions,
        opens: core.opens,
        sqliteVersion: core.sqliteVersion,
        commit: async (group) => core.commitGroup(group),
        call: async (method, ...parameters) => {
            const run = core[method];
            return run.apply(core, parameters);
        },
        close: async () => core.close(),
    };
}
