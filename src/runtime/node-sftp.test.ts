import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { sftp } from "./node-sftp.js";

let folder: { readonly path: string; remove(): void };
beforeEach(() => {
	folder = scratchDirectory();
});
afterEach(() => {
	vi.unstubAllEnvs();
	folder.remove();
});

const SERVER = { host: "sftp.example", port: 22, user: "wayside", connectTimeoutMs: 60_000 };

/** A client that is ended before it can end the ssh it started, which goes on and holds its pipes open. */
function slowClient(): () => Promise<void> {
	const asked = join(folder.path, "asked");
	const script = `#!/bin/sh\nsleep 600 &\n: > '${asked}'\nwait\n`;
	writeFileSync(join(folder.path, "sftp"), script, { mode: 0o755 });
	vi.stubEnv("PATH", `${folder.path}${delimiter}${process.env["PATH"]}`);
	return () => vi.waitFor(() => expect(existsSync(asked)).toBe(true), { timeout: 30_000, interval: 5 });
}

it("ends with its signal, whatever the client started", async () => {
	const running = slowClient();
	const stop = new AbortController();
	const ran = sftp(SERVER, ["ls"], 600_000, stop.signal);
	await running();
	stop.abort(new Error("the hub stops"));
	await expect(ran).rejects.toThrow("the hub stops");
});

it("ends after its time, whatever the client started", async () => {
	slowClient();
	const ran = sftp(SERVER, ["ls"], 500, new AbortController().signal);
	await expect(ran).rejects.toThrow("sftp.example took too long; it is tried again");
});
