import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HAS_OPENSSL, TestAuthority } from "../../test/certificates.js";
import { listening as listeningOn, openTunnelTo } from "../../test/tunnel.js";
import type { Failure } from "../model/failure.js";
import type { Network } from "./http.js";
import { createNodeHttp } from "./node-http.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function listening(server: Server): Promise<number> {
	const { port, close } = await listeningOn(server);
	cleanups.push(close);
	return port;
}

async function tunnelTo(port: number, password?: string) {
	const proxy = await openTunnelTo(port, password);
	cleanups.push(proxy.close);
	return proxy;
}

describe.skipIf(!HAS_OPENSSL)("networks with certificates and proxies (needs openssl)", () => {
	const authority = HAS_OPENSSL ? new TestAuthority() : undefined;
	const other = HAS_OPENSSL ? new TestAuthority("Inspecting Proxy") : undefined;
	afterAll(() => {
		authority?.remove();
		other?.remove();
	});

	async function serveTls(
		names?: string,
		by = authority as TestAuthority,
		clientAuthority?: TestAuthority,
	): Promise<number> {
		const { key, certificate } = by.issue(names);
		const wanted = clientAuthority && { requestCert: true, ca: clientAuthority.certificate };
		const server = createTlsServer({ key, cert: certificate, ...wanted }, (request, response) => {
			const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
			response.end(`hello ${CN ?? "stranger"}`);
		});
		return listening(server);
	}

	async function get(url: string, network: Network): Promise<string> {
		const base = createNodeHttp({ proxy: "none" });
		cleanups.push(() => base.close());
		const http = base.through?.(network);
		const { body } = (await http?.request({ method: "GET", url })) ?? {};
		return new TextDecoder().decode(body);
	}
	const failing = async (url: string, network: Network): Promise<Failure> =>
		get(url, network).then(
			(body) => Promise.reject(new Error(`it answered ${body}`)),
			(thrown) => thrown as Failure,
		);
	const trusting = () => ({ certificateAuthorities: [(authority as TestAuthority).certificate] });

	it("trusts an authority of its own, beside those of the platform", async () => {
		const port = await serveTls();
		expect(await get(`https://127.0.0.1:${port}/`, { proxy: "none", ...trusting() })).toBe("hello stranger");
	});

	it("says of an unknown authority what to get and where to put it", async () => {
		const failure = await failing(`https://127.0.0.1:${await serveTls()}/`, { proxy: "none" });
		expect(failure.code).toBe("net.tls");
		expect(failure.message).toContain("an authority that this machine does not know");
		expect(failure.message).toContain("network: { ca: FILE }");
	});

	it("says that a certificate is for another name", async () => {
		const port = await serveTls("DNS:avl.example");
		const failure = await failing(`https://127.0.0.1:${port}/`, { proxy: "none", ...trusting() });
		expect(failure).toMatchObject({ code: "net.tls" });
		expect(failure.message).toContain("for another name");
	});

	it("shows its client certificate where one is wanted", async () => {
		const port = await serveTls(undefined, authority, authority);
		const { key, certificate } = (authority as TestAuthority).issue();
		const url = `https://127.0.0.1:${port}/`;
		const shown = { proxy: "none", ...trusting(), clientCertificate: { certificate, key } } as const;
		expect(await get(url, shown)).toBe("hello issued");
		const failure = await failing(url, { proxy: "none", ...trusting() });
		expect(["net.tls", "net.reset"]).toContain(failure.code);
	});

	it("goes through a proxy of the configuration, with its password, in a tunnel", async () => {
		const port = await serveTls("DNS:avl.example");
		const proxy = await tunnelTo(port, "secret");
		const network = { proxy: { url: `http://user:secret@127.0.0.1:${proxy.port}` }, ...trusting() };
		expect(await get("https://avl.example/", network)).toBe("hello stranger");
		expect(proxy.asked).toEqual(["avl.example:443"]);
	});

	it("says of a proxy that wants a password what to do, and never shows one", async () => {
		const proxy = await tunnelTo(await serveTls("DNS:avl.example"), "secret");
		const network = { proxy: { url: `http://user:wrong-word@127.0.0.1:${proxy.port}` }, ...trusting() };
		const failure = await failing("https://avl.example/positions?key=abc", network);
		expect(failure.message).toContain("(407): it wants a user and a password");
		expect(`${failure.message}${JSON.stringify(failure.details)}`).not.toMatch(/wrong-word|abc/);
	});

	it("says of a proxy that opens TLS with an authority of its own what to do, and works once that is trusted", async () => {
		const intercepted = await serveTls("DNS:avl.example", other);
		const proxy = await tunnelTo(intercepted);
		const through = { proxy: { url: `http://127.0.0.1:${proxy.port}` } };
		const failure = await failing("https://avl.example/", { ...through, ...trusting() });
		expect(failure.message).toContain("Where a proxy of your network opens TLS");
		const known = { certificateAuthorities: [(other as TestAuthority).certificate] };
		expect(await get("https://avl.example/", { ...through, ...known })).toBe("hello stranger");
	});

	it("leaves out the proxy for what NO_PROXY names", async () => {
		const port = await serveTls();
		const before = { ...process.env };
		try {
			process.env["no_proxy"] = "127.0.0.1";
			const network = { proxy: { url: "http://127.0.0.1:1" }, ...trusting() };
			expect(await get(`https://127.0.0.1:${port}/`, network)).toBe("hello stranger");
		} finally {
			process.env = before;
		}
	});

	it("closes what went through another network with the rest", async () => {
		const base = createNodeHttp({ proxy: "none" });
		const http = base.through?.({ proxy: "none", ...trusting() });
		await http?.request({ method: "GET", url: `https://127.0.0.1:${await serveTls()}/` });
		await base.close();
		await expect(http?.request({ method: "GET", url: "https://127.0.0.1:1/" })).rejects.toMatchObject({
			code: "closed",
		});
	});
});
