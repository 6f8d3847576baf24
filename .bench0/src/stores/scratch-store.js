import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadDriver } from "./sqlite-driver.js";
import { openSqliteLog } from "./sqlite-store.js";
/** `folder` is where the folder of the store is made, such as that of the system for temporary files. */
export async function createScratchStore(folder, partitions) {
    const driver = await loadDriver();
    const directory = mkdtempSync(join(folder, "wayside-scratch-"));
    return {
        open: (chance) => openSqliteLog({
            directory,
            chance,
            partitions,
            driver,
            host: "in-thread",
            // It dies with the rehearsal, so the disk need not be waited for.
            durability: "os",
            freeBytesMin: 0,
            reserveBytes: 0,
            diskSpace: () => ({ freeBytes: Number.MAX_SAFE_INTEGER, totalBytes: Number.MAX_SAFE_INTEGER }),
        }),
        remove: () => rmSync(directory, { recursive: true, force: true }),
    };
}
