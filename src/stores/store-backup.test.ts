import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import { openSqliteLog } from "./sqlite-store.js";
import { copyStore, restoreStore } from "./store-backup.js";

const cleanups: (() => void)[] = [];
afterEach(() => {
	for (const clean of cleanups.splice(0)) clean();
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | undefined) => (bytes ? new TextDecoder().decode(bytes) : undefined);

function scratch() {
	const folder = scratchDirectory();
	cleanups.push(folder.remove);
	return { directory: join(folder.path, "store"), copy: join(folder.path, "copy.db"), path: folder.path };
}

const open = (directory: string) =>
	openSqliteLog({ directory, host: "in-thread", partitions: 2, chance: createSeededChance(1) });

describe("a restored store", () => {
	it("gives what is delivered elsewhere new ids and a new beginning, and leaves what it serves as it was", async () => {
		const { directory, copy, path } = scratch();
		const log = await open(directory);
		const state = [
			["sink/archive/origin", "aabbccdd"],
			["sink/archive/state", "1234"],
			["sink/archive/0", "an intent"],
			["sink/rider-feed/origin", "00112233"],
			["sink/rider-feed/state", "header time"],
			["source/metro/0", "a cursor"],
		] as const;
		await log.commit({ state: state.map(([name, bytes]) => ({ name, bytes: bytesOf(bytes) })) });
		// Also while it is open.
		const made = await copyStore(directory, copy, { clock: nodeClock });
		await log.commit({ state: [{ name: "source/metro/0", bytes: bytesOf("a later cursor") }] });
		await log.close();
		const chance = createSeededChance(7);
		const aside = join(path, "aside");
		await restoreStore({ copy, expected: made, directory, aside, deliverySinks: ["archive"], chance });
		const restored = await open(directory);
		const found = await Promise.all(state.map(async ([name]) => text(await restored.state(name))));
		expect(found).toEqual([
			expect.stringMatching(/^(?!aabbccdd)[0-9a-f]{8}$/),
			undefined,
			"an intent",
			"00112233",
			"header time",
			"a cursor",
		]);
		await restored.close();
		const before = await open(aside);
		expect(text(await before.state("source/metro/0"))).toBe("a later cursor");
		await before.close();
	});

	it("leaves a store that is there alone unless it is told to move it, and a copy that was changed out", async () => {
		const { directory, copy, path } = scratch();
		await (await open(directory)).close();
		const expected = await copyStore(directory, copy, { clock: nodeClock });
		const options = { copy, expected, directory, deliverySinks: [], chance: createSeededChance(1) };
		await expect(restoreStore(options)).rejects.toMatchObject({ code: "config.invalid" });
		writeFileSync(copy, "something else");
		const aside = join(path, "aside");
		await expect(restoreStore({ ...options, aside })).rejects.toMatchObject({ code: "store.corrupt" });
		expect([existsSync(aside), existsSync(directory)]).toEqual([false, true]);
	});

	it("is not made where there is no store, and nothing half made is left where copying fails", async () => {
		const { directory, copy, path } = scratch();
		const copying = copyStore(directory, copy, { clock: nodeClock });
		await expect(copying).rejects.toMatchObject({ code: "config.invalid" });
		await (await open(directory)).close();
		const nowhere = join(path, "missing", "copy.db");
		await expect(copyStore(directory, nowhere, { clock: nodeClock })).rejects.toThrow("SQLite says");
		expect(existsSync(nowhere)).toBe(false);
	});
});
