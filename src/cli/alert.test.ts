import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AlertReceiver } from "../../test/alert-receivers.js";
import { HubWorld } from "../../test/hub-world.js";
import { BUILTINS } from "../config/builtins.js";
import { loadConfig } from "../config/load.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import type { Hub } from "../hub.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const TOKEN = "for-this-test";
const folder = mkdtempSync(join(tmpdir(), "wayside-alert-"));
const runtime = createNodeRuntime();
const configText = (adminPort: number) => `
agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: ${adminPort}, token: { env: ADMIN_TOKEN } } }
alerts:
  owner: Desk
  channels:
    desk: { type: slack, url: { env: DESK_URL }, allowPrivateAddresses: true }
    siren: { type: command, path: ./no-such-siren }
  routes:
    - { severity: page, to: desk, escalate: [{ after: 15m, to: siren }] }
    - { to: desk, repeat: never }
  quietHours: { from: "22:00", to: "06:00" }
`;
let receiver: AlertReceiver;
let world: HubWorld;
let hub: Hub;
let gateway: Gateway;

const load = async (text: string) => {
	const environment = { ADMIN_TOKEN: TOKEN, DESK_URL: `${receiver.url}/hidden` };
	return loadConfig(text, folder, { plugins: BUILTINS, runtime, environment });
};

beforeAll(async () => {
	receiver = await new AlertReceiver().listen();
	const { config, findings } = await load(configText(0));
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const { alerts } = config;
	world = new HubWorld({ edit: (base) => ({ ...base, ...(alerts && { alerts }) }) });
	// Real requests to the receiver, in the time of the world for everything else.
	const { request } = world.outside.http;
	Object.assign(world.outside.http, {
		request: (asked: Parameters<typeof request>[0]) =>
			asked.url.startsWith(receiver.url) ? runtime.http.request(asked) : request(asked),
	});
	hub = await world.start();
	const local = { host: "127.0.0.1", port: 0 };
	gateway = await openGateway({
		hub,
		alerts: hub.alerts,
		http: { public: local, admin: { ...local, token: TOKEN } },
		clock: nodeClock,
	});
	await world.time.advance(60_000);
	writeFileSync(join(folder, "wayside.yaml"), configText(Number(new URL(gateway.adminUrl).port)));
});

afterAll(async () => {
	await gateway.close();
	await world.close(hub);
	await receiver.close();
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

async function alert(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: { ADMIN_TOKEN: TOKEN, DESK_URL: `${receiver.url}/hidden`, USER: "ana" },
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["alert", ...words], {
		terminal,
		runtime: { ...runtime, clock: { ...nodeClock, now: () => world.time.runtime.clock.now() } },
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("wayside alert", () => {
	it("explains each verb with an example", async () => {
		for (const verb of [[], ["ls"], ["ack"], ["silence"], ["test"]]) {
			const { code, out } = await alert(...verb, "--help");
			expect(code).toBe(0);
			expect(out).toMatch(/\nExample:\n {2}wayside alert /);
		}
	});

	it("tests each channel, says what each answered without its secret, and fails where one was not reached", async () => {
		const { code, out } = await alert("test", "wayside.yaml");
		expect(code).toBe(4);
		expect(out).toMatch(/^reached desk \(slack, \d+ ms\): 127\.0\.0\.1:\d+ answered 200 \(ok\)$/m);
		expect(out).toMatch(
			/^FAILED {2}siren \(command, \d+ ms\): .*no-such-siren is not there; check its path/m,
		);
		expect(out).not.toContain("hidden");
		expect(JSON.parse(receiver.taken.at(-1)?.body ?? "{}")).toMatchObject({
			text: expect.stringContaining("*TEST: channel desk of Wayside works*"),
		});
		const one = await alert("test", "wayside.yaml", "--channel", "desk", "--json");
		expect(one.code).toBe(0);
		expect(JSON.parse(one.out)).toMatchObject([{ channel: "desk", ok: true }]);
		expect((await alert("test", "wayside.yaml", "--channel", "none")).err).toContain(
			'There is no channel "none"',
		);
	});

	it("lists, acknowledges and silences", async () => {
		expect((await alert("ls", "wayside.yaml")).out).toMatch(/^No alert is open\.\n\nCHANNEL/);
		const none = await alert("ack", "feed-down", "wayside.yaml");
		expect(none).toMatchObject({
			code: 1,
			err: expect.stringContaining("No alert feed-down is open; none is."),
		});

		world.outside.dead.add("avl.test");
		await world.time.advance(6 * 60_000);
		const { out } = await alert("ls", "wayside.yaml");
		expect(out).toMatch(/^page feed-down feed:buses, for 5 min/);
		expect(out).toContain("told over desk; nobody has acknowledged it");
		const acked = await alert("ack", "feed-down", "wayside.yaml", "--note", "on it");
		expect(acked.out).toBe(
			"feed-down of feed:buses is taken care of by ana; nothing more is told of it but its end.",
		);
		const listed = await alert("ls", "wayside.yaml", "--json");
		expect(JSON.parse(listed.out)).toMatchObject({
			alerts: [{ alert: "feed-down", owner: "Desk", acked: { by: "ana", note: "on it" } }],
		});

		expect((await alert("silence", "wayside.yaml", "--for", "2h")).code).toBe(2);
		const silenced = await alert(
			"silence",
			"wayside.yaml",
			"--subject",
			"sink:*",
			"--for",
			"2h",
			"--reason",
			"work",
		);
		expect(silenced.out).toContain("Nothing is told of every alert of sink:* for 2h");
		expect((await alert("ls", "wayside.yaml")).out).toMatch(
			/^Silent for 2 h: every alert sink:\* by ana: work$/m,
		);
		expect((await alert("silence", "wayside.yaml", "--end")).out).toBe("1 silences are over.");
	});

	it("shows in metrics whether people can be reached", async () => {
		const metrics = await (await fetch(`${gateway.publicUrl}/metrics`)).text();
		expect(metrics).toMatch(/^wayside_alert_channel_failing\{channel="desk"\} 0$/m);
		expect(metrics).toMatch(/^wayside_alert_messages_queued\{channel="siren"\} 0$/m);
		expect(metrics).toMatch(/^wayside_alert_acknowledged\{alert="feed-down",subject="feed:buses"\} 1$/m);
	});

	it("refuses orders that make no sense, and configurations that name nobody", async () => {
		const post = async (path: string) => {
			const headers = { authorization: `Bearer ${TOKEN}` };
			const answer = await fetch(`${gateway.adminUrl}/v1/alerts/${path}`, { method: "POST", headers });
			return [answer.status, ((await answer.json()) as { detail?: string }).detail];
		};
		expect(await post("ack?alert=x")).toEqual([400, "Say by: ?by=TEXT."]);
		expect(await post("ack?alert=x&by=a&who=b")).toEqual([
			400,
			'"who" is not known here; there are: alert, subject, by, note.',
		]);
		expect((await post("silence?by=a&reason=b&for=9d"))[0]).toBe(400);
		const wrong = configText(0)
			.replace("to: siren", "to: sirene")
			.replace('from: "22:00"', 'from: "25:00"')
			.replace("owner: Desk", "owner: Desk\n  rules: { feed-dwn: { severity: off } }");
		const { findings } = await load(wrong);
		expect(findings.map(({ path }) => path)).toEqual(
			expect.arrayContaining([
				expect.stringContaining("alerts.rules"),
				expect.stringContaining("quietHours.from"),
			]),
		);
		const unknown = await load(configText(0).replace("to: siren", "to: sirene"));
		expect(unknown.findings).toContainEqual(
			expect.objectContaining({
				path: "alerts.routes[0].escalate[0].to",
				message: 'there is no channel "sirene"',
				mend: expect.stringContaining("siren"),
			}),
		);
	});
});
