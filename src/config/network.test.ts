import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { HAS_OPENSSL, TestAuthority } from "../../test/certificates.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { BUILTINS } from "./builtins.js";
import { loadConfig } from "./load.js";

const BASE = `agencies:
  metro: { timezone: America/Chicago }
feeds:
  avl:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "https://avl.example/v", every: 20s }
        decoder: gtfs-realtime
        network: OWN
sinks:
  partner: { type: webhook, url: "https://partner.example/in", secret: { env: HOOK } }
routes:
  - { from: avl, to: partner, mode: every }
`;

describe("network options", () => {
	const folder = scratchDirectory("wayside-network-");
	const authority = HAS_OPENSSL ? new TestAuthority() : undefined;
	afterAll(() => {
		folder.remove();
		authority?.remove();
	});
	const environment = {
		HOOK: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		PROXY: "http://me:word@proxy.example:3128",
	};
	const load = (own: string, more = "") =>
		loadConfig(
			BASE.replace("        network: OWN\n", own && `        network: ${own}\n`) + more,
			folder.path,
			{
				plugins: BUILTINS,
				runtime: createNodeRuntime(),
				environment,
			},
		);
	const errors = async (own: string, more = "") =>
		(await load(own, more)).findings
			.filter(({ severity }) => severity === "error")
			.map(({ line, message, mend }) => `${line} ${message} | ${mend}`);
	const write = (name: string, text: string) => {
		writeFileSync(join(folder.path, name), text);
		return `./${name}`;
	};

	it("are absent where nothing is said, so that the machine's own hold", async () => {
		const { config } = await load("");
		expect(config?.network).toBeUndefined();
		expect(config?.feeds[0]?.upstreams[0]?.network).toBeUndefined();
		expect(config?.sinks[0]?.network).toBeUndefined();
	});

	it("hold for all, and each option of one part wins over it", async () => {
		const { config, findings } = await load("{ proxy: none }", "network: { proxy: { env: PROXY } }\n");
		expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
		expect(config?.network).toEqual({ proxy: { url: environment.PROXY } });
		expect(config?.sinks[0]?.network).toEqual({ proxy: { url: environment.PROXY } });
		expect(config?.feeds[0]?.upstreams[0]?.network).toEqual({ proxy: "none" });
	});

	it("take no password from the file", async () => {
		const [finding, ...others] = await errors("{ proxy: http://me:word@proxy.example:3128 }");
		expect(others).toEqual([]);
		expect(finding).toMatch(/^9 /);
		expect(finding).toContain("a password may not stand in this file: write proxy: { env: NAME }");
		expect(finding).not.toContain("word@");
	});

	it("say what a proxy may be", async () => {
		expect(await errors("{ proxy: proxy.example }")).toEqual([expect.stringContaining("http://proxy:3128")]);
	});

	it("name a file of authorities that is missing, is empty, or is something else", async () => {
		expect(await errors("{ ca: ./missing.pem }")).toEqual([
			expect.stringMatching(/^9 the certificate cannot be read: .*missing.pem/),
		]);
		write("empty.pem", "");
		expect(await errors("{ ca: ./empty.pem }")).toEqual([expect.stringContaining("is empty")]);
		write("binary.der", "\u0000\u0001");
		expect(await errors("{ ca: [./binary.der] }")).toEqual([
			expect.stringContaining("convert one with: openssl x509 -inform der"),
		]);
		write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
		expect(await errors("{ ca: ./cut.pem }")).toEqual([expect.stringContaining("is it cut off?")]);
		// One mistake that several parts have from the block for all is told once.
		expect(await errors("", "network: { ca: ./cut.pem }\n")).toEqual([
			expect.stringContaining("is it cut off?"),
		]);
	});

	it.skipIf(!authority)("read authorities and a client certificate (needs openssl)", async () => {
		const { certificate, key } = (authority as TestAuthority).issue();
		write("ca.pem", (authority as TestAuthority).certificate);
		write("client.pem", certificate);
		write("client.key", key);
		const own =
			"{ ca: ./ca.pem, clientCertificate: { certificate: ./client.pem, key: { file: ./client.key } } }";
		const { config, findings } = await load(own);
		expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
		const network = config?.feeds[0]?.upstreams[0]?.network;
		expect(network?.certificateAuthorities).toEqual([(authority as TestAuthority).certificate.trimEnd()]);
		expect(network?.clientCertificate).toEqual({ certificate: certificate.trimEnd(), key: key.trimEnd() });
	});

	it.skipIf(!authority)("know a certificate from a key, and never show the key (needs openssl)", async () => {
		const { certificate, key } = (authority as TestAuthority).issue();
		write("swapped.pem", key);
		write("swapped.key", certificate);
		const found = await errors(
			"{ clientCertificate: { certificate: ./swapped.pem, key: { file: ./swapped.key } } }",
		);
		expect(found).toEqual([
			expect.stringContaining("holds no certificate in PEM form"),
			expect.stringContaining("holds no private key in PEM form"),
		]);
		expect(found.join()).not.toContain(key.split("\n")[1]);
	});

	it("want a token and TLS for an admin listener that others can reach", async () => {
		expect(await errors("", "http: { admin: { host: 0.0.0.0 } }\n")).toEqual([
			expect.stringContaining("has no token and no tls"),
		]);
		expect(await errors("", "http: { admin: { host: 0.0.0.0, token: { env: HOOK } } }\n")).toEqual([
			expect.stringContaining("and has no tls |"),
		]);
	});

	it("say what a base path, a public URL and a trusted proxy look like", async () => {
		expect(await errors("", "http: { basePath: /wayside/ }\n")).toEqual([
			expect.stringContaining("a base path looks like /wayside, without a slash at the end"),
		]);
		expect(await errors("", "http: { trustProxy: [nginx] }\n")).toEqual([
			expect.stringContaining("name an address or a network"),
		]);
		const { config } = await load(
			"",
			"http: { basePath: /wayside, publicUrl: 'https://data.example/wayside/', trustProxy: [127.0.0.1, 10.0.0.0/8] }\n",
		);
		expect(config?.http).toMatchObject({
			basePath: "/wayside",
			publicUrl: "https://data.example/wayside",
			trustProxy: ["127.0.0.1", "10.0.0.0/8"],
		});
	});
});
