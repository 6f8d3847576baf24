import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContractWorld } from "../../test/contract-world.js";
import { BUILTINS } from "../config/builtins.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import type { Hub } from "../hub.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";

const TOKEN = "for-this-test";
const folder = mkdtempSync(join(tmpdir(), "wayside-heal-"));
const runtime = createNodeRuntime();
const world = new ContractWorld({ moving: true });
let hub: Hub;
let gateway: Gateway;

beforeAll(async () => {
	hub = await world.start();
	const local = { host: "127.0.0.1", port: 0 };
	const http = { public: local, admin: { ...local, token: TOKEN } };
	gateway = await openGateway({ hub, heals: hub.healing, http, clock: nodeClock });
	writeFileSync(
		join(folder, "wayside.yaml"),
		`
agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: ${new URL(gateway.adminUrl).port}, token: { env: ADMIN_TOKEN } } }
`,
	);
});

afterAll(async () => {
	await gateway.close();
	await world.close(hub);
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

async function heal(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const code = await runCli(["heal", ...words], {
		terminal: {
			environment: { ADMIN_TOKEN: TOKEN, USER: "ana" },
			out: (line) => out.push(line),
			err: (line) => err.push(line),
			paint: (_tone, text) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: () => () => {},
		},
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("wayside heal", () => {
	it("explains each verb with an example", async () => {
		for (const verb of [[], ["ls"], ["show"], ["accept"], ["reject"], ["rollback"]]) {
			const { code, out } = await heal(...verb, "--help");
			expect(code).toBe(0);
			expect(out).toMatch(/\nExample:\n {2}wayside heal /);
		}
	});

	it("lists, shows, accepts and takes back, and refuses what makes no sense", async () => {
		expect((await heal("ls", "wayside.yaml")).out).toContain("Nothing is proposed");
		await world.time.advance(5 * 60_000);
		world.row = (row) => ({ ...row, spd: Number(row["spd"]) / 0.44704 });
		await world.time.advance(2 * 60_000);

		expect((await heal("ls", "wayside.yaml")).out).toMatch(/^buses\/0 +1 +proposed +0\.\d\d +\d+/m);
		const shown = (await heal("show", "buses", "1", "wayside.yaml")).out;
		expect(shown).toContain("  spd is multiplied by 0.44704.");
		expect(shown).toMatch(/What speaks for it:\n {2}stated against driven is 2\.\d+ times what it was/);
		expect(await heal("accept", "buses", "7", "wayside.yaml")).toMatchObject({
			code: 1,
			err: expect.stringContaining("There is no repair 7 of buses; there are: buses/0 1"),
		});
		expect(await heal("rollback", "buses/0", "1", "wayside.yaml")).toMatchObject({
			code: 1,
			err: expect.stringContaining("Repair 1 of buses/0 is proposed: it cannot be rolled back"),
		});
		expect((await heal("accept", "buses", "one", "wayside.yaml")).code).toBe(2);
		expect(await heal("show", "trams", "1", "wayside.yaml")).toMatchObject({ code: 2 });

		const { out } = await heal("accept", "buses", "1", "wayside.yaml");
		expect(out).toMatch(/^Repair 1 of buses\/0 is accepted: /);
		const [listed] = JSON.parse((await heal("ls", "wayside.yaml", "--json")).out);
		expect(listed).toMatchObject({ id: 1, state: "accepted", decidedBy: "ana" });
		await world.time.advance(60_000);
		const back = await heal("rollback", "buses", "1", "wayside.yaml", "--by", "Ada", "--json");
		expect(JSON.parse(back.out)).toMatchObject({ state: "rolled_back", decidedBy: "Ada" });
		expect((await heal("reject", "buses", "1", "wayside.yaml")).code).toBe(1);
	});
});
