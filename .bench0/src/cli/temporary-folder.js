import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
/** A folder that exists while `use` runs, and is removed afterwards, also when it fails. */
export async function withTemporaryFolder(use) {
    const folder = await mkdtemp(join(tmpdir(), "wayside-"));
    try {
        return await use(folder);
    }
    finally {
        await rm(folder, { recursive: true, force: true });
    }
}
