import { describe, expect, it } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { loadConfig } from "../config/load.js";
import { createHub } from "../hub.js";
import { createMemoryLog } from "../log/memory-log.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { testRuntime } from "../testing/source-contract.js";

const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
sinks: { rider-feed: { type: gtfs-realtime, path: /gtfs-rt } }
routes: [{ from: buses, to: rider-feed, mode: latest }]
store: { directory: ./store }
`;
const GOOD =
	'{"header":{"gtfs_realtime_version":"2.0"},"entity":[{"id":"1","vehicle":{"vehicle":{"id":"7"}}}]}';

async function pushedHub() {
	const options = { plugins: BUILTINS, runtime: testRuntime, environment: {}, skipEnvironment: true };
	const { config, findings } = await loadConfig(CONFIG, "/nowhere", options);
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const { runtime, advance } = createVirtualRuntime();
	const hub = createHub(config, { runtime, log: createMemoryLog({ partitions: 1 }), version: "test" });
	await hub.start();
	const ingest = hub.endpoints.find(({ scope }) => scope === "ingest");
	const send = async (text: string) => {
		const answer = await ingest?.handle({
			method: "POST",
			path: "/in",
			params: {},
			query: {},
			headers: {},
			body: new TextEncoder().encode(text),
			remoteAddress: "192.0.2.1",
			signal: new AbortController().signal,
		});
		await advance(2_000);
		const { state, sentence } = hub.status().feeds[0] ?? {};
		return [answer?.status, state, sentence];
	};
	return { hub, send };
}

describe("a feed that is pushed", () => {
	it("is failing while what comes cannot be read, though each frame is taken, and runs again with the next good one", async () => {
		const { hub, send } = await pushedHub();
		expect(hub.status().feeds[0]).toMatchObject({
			state: "waiting",
			sentence: "Nobody has sent anything yet.",
		});
		expect(await send(GOOD)).toEqual([202, "running", "Frames come as expected."]);
		const page = "<html>down for maintenance</html>";
		for (let time = 0; time < 3; time++) {
			expect(await send(page)).toEqual([
				202,
				"failing",
				expect.stringContaining("What was sent last cannot be read: the frame is XML or an HTML page"),
			]);
		}
		expect(await send(GOOD)).toEqual([202, "running", "Frames come as expected."]);
		await hub.close();
	});
});
