import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { loadDriver, storeFailure } from "./sqlite-driver.js";
import { configure, DATABASE_FILE } from "./sqlite-open.js";
import { failureToWire } from "./store-host.js";
/**
 * A second connection whose only work is `wal_checkpoint(PASSIVE)`: it copies what is committed into the main file
 * beside the writer, and blocks nobody. It syncs as strictly as the writer does.
 */
async function main(port) {
    const settings = workerData;
    const db = (await loadDriver()).open(join(settings.directory, DATABASE_FILE));
    configure(db, settings);
    const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
    port.on("message", (message) => {
        if (message === "stop") {
            db.close();
            port.close();
            return;
        }
        try {
            checkpoint.get();
            port.postMessage({});
        }
        catch (thrown) {
            port.postMessage({ failure: failureToWire(storeFailure(thrown, settings.directory)) });
        }
    });
    port.postMessage({});
}
if (parentPort)
    await main(parentPort);
