import { parentPort, workerData } from "node:worker_threads";
import { loadDriver, storeFailure } from "./sqlite-driver.js";
import { BUSY_TIMEOUT_MS } from "./sqlite-open.js";
import { failureToWire } from "./store-host.js";
/** Copies a store that may be in use. A thread of its own, because SQLite answers only when the copy is whole. */
const { database, target } = workerData;
const driver = await loadDriver();
try {
    const db = driver.open(database, { readOnly: true });
    try {
        db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
        // One reading transaction: the copy shows one moment, and the hub goes on writing.
        db.prepare("VACUUM INTO ?").run(target);
    }
    finally {
        db.close();
    }
    parentPort?.postMessage({});
}
catch (thrown) {
    parentPort?.postMessage({ failure: failureToWire(storeFailure(thrown, database)) });
}
