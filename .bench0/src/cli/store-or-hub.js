import { Failure } from "../model/failure.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { adminAddress } from "./admin-client.js";
/** With `url` the hub there is asked. Else the store is opened, and a running hub is asked when it has it open. */
export async function openStoreOrHub(config, url, { runtime, terminal }) {
    const { directory } = config.store;
    if (url === undefined) {
        if (!(await runtime.files.stat(directory))) {
            throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
        }
        try {
            const log = await openSqliteLog({ directory, chance: runtime.chance });
            return { log, close: () => log.close() };
        }
        catch (thrown) {
            // A running hub has the store: it answers for us.
            if (!(thrown instanceof Failure) || thrown.code !== "store.locked")
                throw thrown;
        }
    }
    const known = adminAddress(config.http);
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    return { hub: { ...known, url: url ?? known.url, token }, close: async () => undefined };
}
