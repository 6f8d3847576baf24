import type { Log } from "../../log/log.js";
import { createMemoryLog, MemoryStorage } from "../../log/memory-log.js";
import type { Chance } from "../../runtime/runtime.js";
import { createScratchStore } from "../../stores/scratch-store.js";
import type { Plan } from "./plan.js";

/** What outlives the processes of a world. */
export interface WorldStore {
	open(chance: Chance): Promise<Log>;
	/** The process that had it open is dead: whoever comes next may open it at once. */
	release(): Promise<void>;
	remove(): void;
}

export async function createWorldStore({ storeKind, partitions }: Plan, folder: string): Promise<WorldStore> {
	return storeKind === "sqlite" ? sqliteStore(folder, partitions) : memoryStore(partitions);
}

function memoryStore(partitions: number): WorldStore {
	const storage = new MemoryStorage(partitions);
	return {
		open: async () => createMemoryLog({ storage }),
		release: async () => {
			storage.isOpen = false;
		},
		remove: () => undefined,
	};
}

async function sqliteStore(folder: string, partitions: number): Promise<WorldStore> {
	const scratch = await createScratchStore(folder, partitions);
	let opened: Log | undefined;
	return {
		open: async (chance) => {
			opened = await scratch.open(chance);
			return opened;
		},
		release: async () => opened?.close(),
		remove: () => scratch.remove(),
	};
}
