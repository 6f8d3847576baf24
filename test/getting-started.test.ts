import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { parseLocal } from "../src/formats/local-time.js";
import { nodeClock } from "../src/runtime/node-clock.js";
import { serveWire, type WireAnswer, type WireRequest } from "../src/runtime/node-server.js";
import { BusTimePeer, type PeerBus } from "./bustime-peer.js";
import { zipOf } from "./gtfs-feed.js";
import { scratchDirectory } from "./scratch-directory.js";
import { ROOT } from "./tidy/repository.js";

const NGINX = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;
const PAGE = readFileSync(join(ROOT, "docs/getting-started-agency.md"), "utf8");
const KEY = "getting-started-key";
const ZONE = "America/Chicago";
const ROUTES = Array.from({ length: 10 }, (_, route) => String(route + 1));
const BUSES: readonly PeerBus[] = ROUTES.flatMap((rt, at) =>
	[0, 1, 2, 3].map((bus) => ({ vid: String(1000 + at * 4 + bus), rt, fromHour: 0, untilHour: 24 })),
);

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Code blocks of a language, in the order of the page. */
const blocks = (language: string): string[] =>
	[...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code]) => code ?? "");

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === "object" && address !== null ? address.port : 0;
}

/** A schedule with the one trip of each bus, which is under way all day. */
function schedule(): Uint8Array {
	const lines = (head: string, of: (bus: PeerBus) => string) => `${[head, ...BUSES.map(of)].join("\n")}\n`;
	return zipOf({
		"agency.txt": `agency_id,agency_name,agency_url,agency_timezone\nM,Metro,http://m.test,${ZONE}\n`,
		"calendar.txt":
			"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nD,1,1,1,1,1,1,1,20200101,20491231\n",
		"routes.txt": `route_id,agency_id,route_short_name,route_type\n${ROUTES.map((id) => `${id},M,${id},3\n`).join("")}`,
		"stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,First,41.90,-87.60\nB,Second,41.91,-87.61\n",
		"trips.txt": lines("route_id,service_id,trip_id,block_id", ({ vid, rt }) => `${rt},D,t${vid},b${vid}`),
		"stop_times.txt": lines(
			"trip_id,arrival_time,departure_time,stop_id,stop_sequence",
			({ vid }) => `t${vid},00:00:00,00:00:00,A,1\nt${vid},24:30:00,24:30:00,B,2`,
		),
	});
}

/** What BusTime's host has beside its API: the positions that riders have today, trip updates, and an alert. */
function gtfsRealtime(peer: BusTimePeer, path: string): WireAnswer {
	const query = { key: KEY, format: "json", tmres: "s", rt: ROUTES.join(",") };
	const answer = peer.handle({ method: "GET", path: "/getvehicles", query, headers: {}, body: "" } as never);
	const text = answer.kind === "answer" ? String(answer.body) : "{}";
	const rows = (JSON.parse(text) as { "bustime-response": { vehicle: Record<string, string>[] } })[
		"bustime-response"
	].vehicle;
	const timestamp = Math.floor(Date.now() / 1000);
	const nextHour = (Math.floor(timestamp / 3600) + 2) * 3600;
	if (path.endsWith("/alerts")) {
		const headerText = { translation: [{ text: "Stop B is closed", language: "en" }] };
		const alert = { informedEntity: [{ stopId: "B" }], headerText };
		return jsonFeed(timestamp, [{ id: "closed", alert }]);
	}
	const entity = rows.map(({ vid, rt, lat, lon, tatripid, tmstmp = "" }) => {
		const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = [
			...tmstmp.matchAll(/^\d{4}|\d\d/g),
		].map(([digits]) => Number(digits));
		const reading = parseLocal({ year, month, day, hour, minute, second, millisecond: 0 }, ZONE, Date.now());
		const trip = { tripId: tatripid, routeId: rt };
		if (path.endsWith("/trips")) {
			const stopTimeUpdate = [{ stopSequence: 2, arrival: { time: nextHour } }];
			return { id: vid, tripUpdate: { trip, timestamp, stopTimeUpdate } };
		}
		const position = { latitude: Number(lat), longitude: Number(lon) };
		const at = Math.floor(reading.time / 1000);
		return { id: vid, vehicle: { trip, position, timestamp: at, vehicle: { id: vid } } };
	});
	return jsonFeed(timestamp, entity);
}

function jsonFeed(timestamp: number, entity: readonly object[]): WireAnswer {
	const body = JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", timestamp }, entity });
	return { kind: "answer", status: 200, headers: { "content-type": "application/json" }, body };
}

async function bustime(): Promise<string> {
	const peer = new BusTimePeer({
		...{ clock: nodeClock, timezone: ZONE, key: KEY, limit: 10_000, routes: ROUTES, buses: BUSES },
		reportEveryMs: 10_000,
	});
	const server = await serveWire({
		clock: nodeClock,
		handle: (request: WireRequest) =>
			request.path.startsWith("/gtfsrt/") ? gtfsRealtime(peer, request.path) : peer.handle(request),
	});
	cleanups.push(() => server.close());
	return server.url;
}

it.skipIf(NGINX === undefined || !HAS_CURL)(
	"docs/getting-started-agency.md leads from the tarball to a switched-over feed and back (needs nginx and curl)",
	async () => {
		const folder = scratchDirectory("wayside-agency-");
		cleanups.push(folder.remove);
		const at = (path: string) => join(folder.path, path);
		const [host, site, publicPort, adminPort] = [
			await bustime(),
			await freePort(),
			await freePort(),
			await freePort(),
		];
		/** The page speaks of a machine; here every place of it is below one folder. */
		const here = (text: string) =>
			text
				.replaceAll("https://bustime.example", host)
				.replaceAll("127.0.0.1:8080", `127.0.0.1:${publicPort}`)
				.replaceAll("port: 8080", `port: ${publicPort}`)
				.replaceAll("port: 8081", `port: ${adminPort}`)
				.replaceAll("http://localhost/", `http://localhost:${site}/`)
				.replaceAll(/\/(opt|usr|etc)\//g, (place) => `${folder.path}${place}`)
				.replace(/^nginx /, `${NGINX} -p ${folder.path} -c ${at("etc/nginx/nginx.conf")} -e stderr `);
		for (const place of ["opt/wayside", "usr/local/bin", "etc/wayside", "etc/nginx/riders", "temp"])
			mkdirSync(at(place), { recursive: true });
		const cwd = at("etc/wayside");
		const env = { ...process.env, BUSTIME_KEY: KEY, PATH: `${at("usr/local/bin")}:${process.env["PATH"]}` };
		const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", cwd], { cwd: ROOT });
		expect(packed.status, String(packed.stderr)).toBe(0);

		const [config = ""] = blocks("yaml");
		// The test is over long before a sweep of 75 s is.
		const quick = config
			.replace("every: 75s", "every: 7s")
			.replace("expected: 60", "expected: 10")
			.replace("every: 60s", "every: 30s")
			.replace("10000/day", "90000/day");
		writeFileSync(join(cwd, "wayside.yaml"), here(config));
		writeFileSync(join(cwd, "gtfs.zip"), schedule());
		const [today = "", wayside = ""] = blocks("nginx");
		writeFileSync(at("etc/nginx/riders/today.conf"), here(today));
		writeFileSync(at("etc/nginx/riders/wayside.conf"), here(wayside));
		writeFileSync(at("etc/nginx/riders/live.conf"), here(today));
		const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
		writeFileSync(
			at("etc/nginx/nginx.conf"),
			`user root; pid ${at("nginx.pid")}; error_log stderr;
events { worker_connections 64; }
http {
	access_log off; ${temp.map((name) => `${name}_temp_path ${at("temp")}/${name};`).join(" ")}
	server { listen localhost:${site}; include riders/live.conf; }
}`,
		);

		const start = (line: string): ChildProcess => {
			const child = spawn("sh", ["-ec", `exec ${line}`], {
				cwd,
				env,
				stdio: ["ignore", "ignore", "inherit"],
			});
			// Asked to end, not killed: the workers of nginx would stay behind.
			const ended = new Promise((resolve) => child.once("close", resolve));
			cleanups.push(() => child.kill("SIGTERM") && ended);
			return child;
		};
		/** True where riders get what the hub serves, which alone is protobuf here. */
		const isSwitched = async () => {
			const answer = await fetch(`http://localhost:${site}/vehicles.pb`);
			expect(answer.status).toBe(200);
			return answer.headers.get("content-type") === "application/x-protobuf";
		};
		const run = async (line: string) => {
			const child = spawn("sh", ["-ec", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
			let said = "";
			for (const stream of [child.stdout, child.stderr])
				stream.on("data", (chunk: Buffer) => {
					said += chunk.toString();
				});
			const code = await new Promise((resolve) => child.once("close", resolve));
			expect(code, `${line}\n${said}`).toBe(0);
			return said;
		};

		start(here("nginx -g 'daemon off;'"));
		const lines = blocks("sh").flatMap((block) => block.trim().split("\n"));
		expect(lines.length).toBeGreaterThan(25);
		const switches: boolean[] = [];
		let hub: ChildProcess | undefined;
		for (const line of lines) {
			if (line.startsWith("wayside run ")) {
				writeFileSync(join(cwd, "wayside.yaml"), here(quick));
				hub = start(here(line));
				const url = `http://127.0.0.1:${publicPort}`;
				await vi.waitFor(
					async () => {
						expect(hub?.exitCode, "the hub has ended").toBeNull();
						const feed = (await (await fetch(`${url}/gtfs-rt/vehicle-positions.json`)).json()) as {
							entity: { vehicle: { trip?: unknown } }[];
						};
						expect(feed.entity.filter(({ vehicle }) => vehicle.trip !== undefined)).toHaveLength(
							BUSES.length,
						);
						expect((await fetch(`${url}/readyz`)).status).toBe(200);
					},
					{ timeout: 60_000, interval: 200 },
				);
				continue;
			}
			const said = await run(
				here(line).replace("--for 14d", "--for 16s --every 5s --limit moments=3 --limit missing=1%"),
			);
			if (line.startsWith("wayside replay ")) expect(said).toMatch(/\b12\b/);
			if (line.startsWith("wayside check ")) expect(said).toContain(blocks("text")[0]?.trim());
			if (line.startsWith("wayside compare ")) {
				expect(said).toMatch(/^Go: /m);
				expect(said).toMatch(/^Trip updates and alerts were compared at [1-9]/m);
			}
			if (line === "nginx -s reload") {
				const wanted = switches.length === 1;
				await vi.waitFor(async () => expect(await isSwitched()).toBe(wanted), { timeout: 10_000 });
				switches.push(wanted);
			}
		}
		expect(switches).toEqual([false, true, false]);
		expect(readFileSync(join(cwd, "compare.html"), "utf8")).toContain("<html");
		const ended = new Promise((resolve) => hub?.once("close", resolve));
		hub?.kill("SIGTERM");
		expect(await ended).toBe(0);
	},
	300_000,
);
