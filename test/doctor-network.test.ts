import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { TestAuthority } from "./certificates.js";
import { hubProcesses, PUSHED_CONFIG } from "./hub-process.js";

const { path, wayside } = hubProcesses();

interface Finding {
	readonly check: string;
	readonly of: string;
	readonly verdict: string;
	readonly message: string;
	readonly mend?: string;
}

const servers: Server[] = [];
afterEach(async () => {
	await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server): Promise<number> {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return (server.address() as AddressInfo).port;
}

/** An upstream whose clock is so many seconds ahead; it counts what it is asked. */
async function upstream(aheadS: number, asked: string[] = []): Promise<string> {
	const port = await listening(
		createServer((request, response) => {
			asked.push(`${request.method} ${request.url}`);
			response.sendDate = false;
			response.setHeader("date", new Date(Date.now() + aheadS * 1000).toUTCString());
			response.writeHead(404).end();
		}),
	);
	return `http://127.0.0.1:${port}`;
}

const poll = (name: string, url: string, more = "") => `
  ${name}:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "${url}", every: 30s, history: none }
        decoder: gtfs-realtime
        ${more}`;

function configWith(feeds: string, sinks = ""): string {
	return PUSHED_CONFIG.replace("\nsinks:", `${feeds}\nsinks:${sinks}`);
}

async function doctor(
	...words: string[]
): Promise<{ code: number | string; findings: readonly Finding[]; err: string }> {
	const { ended, seen } = wayside("doctor", "--json", ...words);
	const code = await ended;
	const { findings } = JSON.parse(seen.out || "{}") as { findings: Finding[] };
	return { code, findings, err: seen.err };
}

describe("what doctor sees of others", { timeout: 60_000 }, () => {
	it("compares clocks with each upstream by one request that asks for nothing", async () => {
		const asked: string[] = [];
		const [good, late, ahead] = [await upstream(0, asked), await upstream(-25), await upstream(95)];
		const feeds = poll("good", `${good}/feed.pb?key=hidden`) + poll("late", late) + poll("ahead", ahead);
		writeFileSync(path("wayside.yaml"), configWith(feeds));
		const { code, findings } = await doctor();
		expect(code).toBe(4);
		expect(asked).toEqual(["HEAD /"]);
		const clocks = findings.filter(({ check }) => check === "clock");
		expect(clocks.map(({ of, verdict }) => [of.slice(0, of.indexOf(",")), verdict])).toEqual([
			["feed good", "good"],
			["feed late", "warn"],
			["feed ahead", "bad"],
		]);
		expect(clocks[1]).toMatchObject({
			message: expect.stringMatching(/^Its clock is 2[4-6] s behind this one/),
			mend: expect.stringContaining("timedatectl"),
		});
		expect(clocks[2]?.message).toMatch(/9[4-6] s ahead of this one/);
		expect(JSON.stringify(findings)).not.toContain("hidden");
	});

	it("tells names that do not resolve and hosts that do not answer, and calls nobody when offline", async () => {
		const asked: string[] = [];
		const gone = await upstream(0);
		const [server] = servers.splice(-1);
		await new Promise((resolve) => server?.close(resolve));
		const feeds =
			poll("lost", "http://avl.nowhere.invalid/feed") +
			poll("gone", gone) +
			poll("up", await upstream(0, asked));
		writeFileSync(path("wayside.yaml"), configWith(feeds));
		expect((await doctor("--offline")).code).toBe(0);
		expect(asked).toEqual([]);
		const { code, findings } = await doctor();
		expect(code).toBe(4);
		expect(findings).toContainEqual(
			expect.objectContaining({
				check: "dns",
				verdict: "bad",
				mend: expect.stringContaining("getent hosts avl.nowhere.invalid"),
			}),
		);
		expect(findings).toContainEqual(
			expect.objectContaining({ check: "answer", verdict: "bad", of: expect.stringContaining("feed gone") }),
		);
	});

	it("tells certificates that end soon, that nobody vouches for, and the hub's own", async () => {
		const authority = new TestAuthority();
		try {
			const { key, certificate, certificatePath, keyPath } = authority.issue();
			const port = await listening(
				createTlsServer({ key, cert: certificate }, (_, response) => void response.end()),
			);
			const trusting = `network: { ca: "${authority.certificatePath}" }`;
			const feeds =
				poll("own", `https://127.0.0.1:${port}/a`, trusting) + poll("foreign", `https://127.0.0.1:${port}/b`);
			const tls = `{ host: 127.0.0.1, port: 0, tls: { certificate: "${certificatePath}", key: { file: "${keyPath}" } } }`;
			chmodSync(keyPath, 0o644);
			writeFileSync(
				path("wayside.yaml"),
				configWith(feeds).replace("public: { host: 127.0.0.1, port: 0 }", `public: ${tls}`),
			);
			const { findings } = await doctor();
			const certificates = findings.filter(({ check }) => check === "tls");
			expect(certificates).toEqual([
				expect.objectContaining({
					of: "the public listener",
					verdict: "bad",
					message: expect.stringContaining("good for 0 more days"),
				}),
				expect.objectContaining({ of: expect.stringContaining("feed own"), verdict: "bad" }),
				expect.objectContaining({
					of: expect.stringContaining("feed foreign"),
					verdict: "bad",
					message: expect.stringContaining("is refused: "),
				}),
			]);
			expect(findings).toContainEqual(
				expect.objectContaining({ check: "permissions", verdict: "warn", mend: `chmod 600 ${keyPath}` }),
			);
		} finally {
			authority.remove();
		}
	});

	it("tells the room on the disk against the marks of the store, and a store that everybody may read", async () => {
		mkdirSync(path("store"));
		chmodSync(path("store"), 0o755);
		writeFileSync(path("wayside.yaml"), PUSHED_CONFIG.replace("freeMin: 64MiB", "freeMin: 900TiB"));
		const { code, findings } = await doctor("--offline");
		expect(code).toBe(4);
		expect(findings).toContainEqual(
			expect.objectContaining({
				check: "disk",
				verdict: "bad",
				message: expect.stringContaining("intake stops at its mark"),
			}),
		);
		expect(findings).toContainEqual(
			expect.objectContaining({ check: "permissions", verdict: "warn", of: path("store") }),
		);
	});
});
