import { request } from "node:https";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HAS_OPENSSL, TestAuthority } from "../../test/certificates.js";
import { type AdminAddress, adminAddress, adminJson } from "../cli/admin-client.js";
import type { HttpConfig } from "../config/config.js";
import { messageOf } from "../model/failure.js";
import type { Endpoint } from "../runtime/endpoint.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { type Listener, openListener } from "./listener.js";
import { renewCertificate } from "./renew-certificate.js";

const hello: Endpoint = {
	method: "GET",
	path: "/hello",
	scope: "admin",
	summary: "For the test.",
	handle: async () => ({ status: 200, body: '{"hello":true}' }),
};

describe.skipIf(!HAS_OPENSSL)("a listener with TLS (needs openssl)", () => {
	const authority = HAS_OPENSSL ? new TestAuthority() : (undefined as unknown as TestAuthority);
	const open: Listener[] = [];
	afterEach(async () => {
		await Promise.all(open.splice(0).map((listener) => listener.close()));
	});
	afterAll(() => authority?.remove());

	async function serve(names?: string) {
		const { certificate, key, certificatePath, keyPath } = authority.issue(names);
		const tls = { certificate, key, certificateFile: certificatePath, keyFile: keyPath };
		const listen = { host: "127.0.0.1", port: 0, tls };
		const listener = await openListener({ name: "admin", listen, endpoints: [hello], clock: nodeClock });
		open.push(listener);
		return { listener, tls };
	}

	function get(url: string, ca = authority.certificate): Promise<string> {
		return new Promise((resolve, reject) => {
			request(`${url}/hello`, { ca, agent: false }, (answer) => {
				answer.setEncoding("utf8").once("data", resolve);
			})
				.on("error", reject)
				.end();
		});
	}

	const addressOf = (listener: Listener, certificate: string): AdminAddress => ({
		url: listener.url,
		token: "t",
		certificate,
	});

	it("speaks https, and says so in its address", async () => {
		const { listener } = await serve();
		expect(listener.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
		expect(await get(listener.url)).toBe('{"hello":true}');
	});

	it("is asked by the command line whatever name its certificate is for, as long as it is the configured one", async () => {
		const { listener, tls } = await serve("DNS:hub.agency.example");
		const never = new AbortController().signal;
		expect(await adminJson(addressOf(listener, tls.certificate), "GET", "/hello", never)).toEqual({
			hello: true,
		});
		const other = authority.issue().certificate;
		await expect(adminJson(addressOf(listener, other), "GET", "/hello", never)).rejects.toThrow(
			"another certificate than the configured one",
		);
		const http = { admin: { host: "0.0.0.0", port: 8081, token: "t", tls } } as unknown as HttpConfig;
		expect(adminAddress(http)).toEqual({
			url: "https://127.0.0.1:8081",
			token: "t",
			certificate: tls.certificate,
		});
	});

	it("takes up a renewed certificate within a minute, and keeps the old one where the new pair does not fit", async () => {
		const { listener, tls } = await serve();
		const world = createVirtualRuntime();
		const disk = { [tls.certificateFile]: tls.certificate, [tls.keyFile]: tls.key };
		const faults: string[] = [];
		const cancel = renewCertificate({
			tls,
			listener,
			clock: world.runtime.clock,
			files: { read: async (path) => new TextEncoder().encode(disk[path]) },
			onFault: (thrown) => faults.push(messageOf(thrown)),
		});
		const renewing = new TestAuthority("Next Authority");
		const next = renewing.issue();
		disk[tls.certificateFile] = next.certificate;
		await world.advance(180_000);
		expect(faults).toHaveLength(1);
		expect(await get(listener.url)).toBe('{"hello":true}');
		disk[tls.keyFile] = next.key;
		await world.advance(60_000);
		await expect(get(listener.url)).rejects.toThrow();
		expect(await get(listener.url, renewing.certificate)).toBe('{"hello":true}');
		expect(faults).toHaveLength(1);
		cancel();
		expect(world.pendingTimers()).toBe(0);
		renewing.remove();
	});
});
