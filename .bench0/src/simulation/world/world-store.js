import { createMemoryLog, MemoryStorage } from "../../log/memory-log.js";
import { createScratchStore } from "../../stores/scratch-store.js";
export async function createWorldStore({ storeKind, partitions }, folder) {
    return storeKind === "sqlite" ? sqliteStore(folder, partitions) : memoryStore(partitions);
}
function memoryStore(partitions) {
    const storage = new MemoryStorage(partitions);
    return {
        open: async () => createMemoryLog({ storage }),
        release: async () => {
            storage.isOpen = false;
        },
        remove: () => undefined,
    };
}
async function sqliteStore(folder, partitions) {
    const scratch = await createScratchStore(folder, partitions);
    let opened;
    return {
        open: async (chance) => {
            opened = await scratch.open(chance);
            return opened;
        },
        release: async () => opened?.close(),
        remove: () => scratch.remove(),
    };
}
