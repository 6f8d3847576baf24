import { expect, it, vi } from "vitest";
import { hubProcesses, push } from "./hub-process.js";

const { hub, wayside } = hubProcesses();

it("wayside top watches a hub from another process until Ctrl-C, and is no screen where none is", async () => {
	const { url, admin } = await hub("wayside.yaml");
	expect(await push(url, 1)).toBe(202);
	const { child, seen, ended } = wayside("top", "--url", admin, "--every", "1");
	const patience = { timeout: 20_000, interval: 50 };
	await vi.waitFor(() => expect(seen.out).toMatch(/^metro-avl +running .* 1 +0 +closed$/m), patience);
	expect(await push(url, 2)).toBe(202);
	await vi.waitFor(() => expect(seen.out).toMatch(/^metro-avl +running .* 2 +0 +closed$/m), patience);
	child.kill("SIGINT");
	expect(await ended).toBe(0);
	expect(seen.out).toMatch(/^archive +(waiting|running) /m);
	expect(seen.out).not.toContain("\u001b");
	expect(seen.err).toBe("");
});
