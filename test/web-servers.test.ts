import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { documentSchema } from "../src/config/document.js";
import { parseXml } from "../src/formats/xml.js";
import { type Gateway, openGateway } from "../src/gateway/gateway.js";
import type { HubView } from "../src/gateway/hub-view.js";
import type { HubStatus } from "../src/operations/status.js";
import { nodeClock } from "../src/runtime/node-clock.js";
import { scratchDirectory } from "./scratch-directory.js";
import { ROOT } from "./tidy/repository.js";

const NGINX = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
const example = (name: string) => readFileSync(join(ROOT, "examples/web-servers", name), "utf8");

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** What the comment at the top of an example tells the reader to put into the hub's configuration. */
function httpOf(text: string) {
	const lines = text.split("\n");
	const first = lines.findIndex((line) => line.trimEnd().endsWith(" http:"));
	const margin = lines[first]?.replace(/http:\s*$/, "") ?? "";
	const after = lines.slice(first + 1);
	const block = after.slice(
		0,
		after.findIndex((line) => !line.startsWith(`${margin}  `)),
	);
	const yaml = block.map((line) => line.slice(margin.length)).join("\n");
	return documentSchema.shape.http.parse(parseYaml(yaml));
}

describe.skipIf(NGINX === undefined)("behind nginx, as in the example (needs nginx)", () => {
	async function openHub(seen: string[]): Promise<Gateway> {
		const hub: HubView = {
			endpoints: [
				{
					method: "GET",
					path: "/gtfs-rt/vehicle-positions.pb",
					scope: "public",
					summary: "For the test.",
					handle: async ({ remoteAddress }) => {
						seen.push(remoteAddress);
						return { status: 200, headers: { "content-type": "application/x-protobuf" }, body: "live" };
					},
				},
			],
			upstreams: () => new Map(),
			status: () => STATUS,
			tap: () => () => undefined,
		};
		const { basePath, publicUrl, trustProxy } = httpOf(example("nginx.conf"));
		const http = {
			...{ basePath, publicUrl, trustProxy },
			public: { host: "127.0.0.1", port: 0 },
			admin: { host: "127.0.0.1", port: 0, token: undefined },
		};
		const gateway = await openGateway({ hub, http, clock: nodeClock });
		cleanups.push(() => gateway.close());
		return gateway;
	}

	/** nginx with the example in its server block, listening on a socket file. */
	async function startNginx(port: number, feeds: string) {
		const folder = scratchDirectory("wayside-nginx-");
		const socket = join(folder.path, "nginx.sock");
		const site = example("nginx.conf")
			.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`)
			.replace("/var/lib/wayside/feeds", feeds);
		mkdirSync(join(folder.path, "temp"));
		const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
		const conf = `daemon off; master_process off; pid ${folder.path}/nginx.pid; error_log stderr notice;
events { worker_connections 64; }
http {
	access_log off;
	${temp.map((name) => `${name}_temp_path ${folder.path}/temp/${name};`).join(" ")}
	server { listen unix:${socket}; server_name data.example.org; ${site} }
}`;
		writeFileSync(join(folder.path, "nginx.conf"), conf);
		const nginx: ChildProcess = spawn(
			NGINX as string,
			["-p", folder.path, "-c", "nginx.conf", "-e", "stderr"],
			{
				stdio: ["ignore", "ignore", "pipe"],
			},
		);
		const listening = new Promise<void>((resolve, reject) => {
			let said = "";
			nginx.stderr?.on("data", (chunk: Buffer) => {
				said += chunk.toString();
				// Told after the socket was opened.
				if (said.includes("getrlimit")) resolve();
			});
			nginx.once("exit", () => reject(new Error(`nginx ended: ${said}`)));
		});
		const agent = new Agent({ connect: { socketPath: socket } });
		cleanups.push(async () => {
			await agent.destroy();
			nginx.kill("SIGKILL");
			folder.remove();
		});
		const get = async (path: string) => {
			const answer = await request(`http://data.example.org${path}`, { dispatcher: agent });
			return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
		};
		await listening;
		return get;
	}

	it("serves status and feeds under its path, knows the rider's address, and serves the files while the hub is away", async () => {
		const seen: string[] = [];
		const gateway = await openHub(seen);
		const feeds = scratchDirectory("wayside-feeds-");
		cleanups.push(() => feeds.remove());
		writeFileSync(join(feeds.path, "vehicle-positions.pb"), "from the file");
		const get = await startNginx(gateway.publicPort, feeds.path);

		const home = await get("/wayside/");
		expect([home.status, home.headers["location"]]).toEqual([307, "/wayside/status"]);
		const page = await get("/wayside/status");
		expect(page.status).toBe(200);
		expect(page.text).toContain('href="gtfs-rt/vehicle-positions.pb"');
		const live = await get("/wayside/gtfs-rt/vehicle-positions.pb");
		expect([live.status, live.headers["content-type"], live.text]).toEqual([
			200,
			"application/x-protobuf",
			"live",
		]);
		// The client of a socket file has no address; nginx says so, and the hub believes nginx.
		expect(seen).toEqual(["unix:"]);

		await gateway.close();
		const last = await get("/wayside/gtfs-rt/vehicle-positions.pb");
		expect([last.status, last.headers["content-type"], last.text]).toEqual([
			200,
			"application/x-protobuf",
			"from the file",
		]);
		expect((await get("/wayside/status")).status).toBe(502);
	});
});

describe("the example for IIS", () => {
	it("is XML, and passes paths to where the configuration beside it puts them", () => {
		const text = example("web.config");
		const http = httpOf(text);
		expect(parseXml(new TextEncoder().encode(text)).root?.name).toBe("configuration");
		expect(text).toContain(`url="http://127.0.0.1:${http.public.port}${http.basePath}/{R:1}"`);
		expect(http.publicUrl).toMatch(/^https:.*\/wayside$/);
	});
});

const STATUS: HubStatus = {
	version: "1.2.3",
	startedTime: 0,
	time: 1_700_000_000_000,
	ready: true,
	sentence: "Everything runs.",
	feeds: [],
	sinks: [],
	quotas: [],
	store: { state: "ok", sentence: "It takes more.", topics: [], freeBytes: undefined },
	ledger: { balanced: true, checkedTime: undefined, sentence: "Every account adds up." },
};
