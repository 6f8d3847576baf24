import { createServer } from "node:https";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HAS_OPENSSL, TestAuthority } from "../../test/certificates.js";
import { listening, openTunnelTo } from "../../test/tunnel.js";
import { BUILTINS } from "../config/builtins.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of cleanups.splice(0).reverse()) await close();
});

describe.skipIf(!HAS_OPENSSL)("wayside compare behind a proxy that opens TLS (needs openssl)", () => {
	const authority = HAS_OPENSSL ? new TestAuthority("Inspecting Proxy") : undefined;
	afterAll(() => authority?.remove());

	/** Both feeds are one that says now what it said before; only through the proxy is there a way to it. */
	async function proxied() {
		const { key, certificate: cert } = (authority as TestAuthority).issue("DNS:avl.example");
		const timestamp = Math.floor(createNodeRuntime().clock.now() / 1000);
		const position = { latitude: 41.9, longitude: -87.6 };
		const body = JSON.stringify({
			header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp },
			entity: [{ id: "1", vehicle: { vehicle: { id: "1" }, position, timestamp } }],
		});
		const server = await listening(createServer({ key, cert }, (_, response) => response.end(body)));
		const proxy = await openTunnelTo(server.port, "secret");
		cleanups.push(server.close, proxy.close);
		return proxy;
	}

	async function compare(...words: string[]) {
		const said: string[] = [];
		const tell = (line: string) => said.push(line);
		const terminal = {
			environment: {},
			out: tell,
			err: tell,
			paint: (_: string, text: string) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: () => () => {},
		};
		const context = { plugins: BUILTINS, version: "0", program: [], workingDirectory: "/" };
		const feeds = ["https://avl.example/a", "https://avl.example/b"];
		const once = ["--for", "1s", "--every", "5s", "--limit", "moments=1", "--timezone", "UTC"];
		const all = ["compare", ...feeds, ...once, ...words];
		const code = await runCli(all, { ...context, runtime: createNodeRuntime(), terminal });
		return { code, said: said.join("\n") };
	}

	it("says whose certificate to name, and measures once it is named", async () => {
		const { port, asked } = await proxied();
		const through = ["--proxy", `http://user:secret@127.0.0.1:${port}`];
		const unknown = await compare(...through);
		expect(unknown.code).toBe(78);
		expect(unknown.said).toContain("Where a proxy of your network opens TLS");
		const known = await compare(...through, "--ca", (authority as TestAuthority).certificatePath);
		expect([known.code, known.said]).toEqual([0, expect.stringMatching(/^Go: /)]);
		expect(new Set(asked)).toEqual(new Set(["avl.example:443"]));
		expect(unknown.said + known.said).not.toContain("secret");
	});
});
