import { describe, expect, it } from "vitest";
import { testRuntime } from "../testing/source-contract.js";
import { BUILTINS } from "./builtins.js";
import { loadConfig } from "./load.js";

const CONFIG = `agencies: { metro: { timezone: UTC } }
feeds:
  avl: { agency: metro, upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }] }
sinks: { feed: { type: gtfs-realtime, path: /feed } }
routes: [{ from: avl, to: feed, mode: latest }]
store: { directory: /tmp/wayside-disk-test, disk: DISK }
`;

async function findings(disk: string, freeBytes: number) {
	const files = { ...testRuntime.files, space: async () => ({ freeBytes, totalBytes: 100e9 }) };
	const loaded = await loadConfig(CONFIG.replace("DISK", disk), "/tmp", {
		plugins: BUILTINS,
		runtime: { ...testRuntime, files },
		environment: {},
	});
	return loaded.findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

describe("the marks of the disk", () => {
	it("are warned of when the disk is beyond them already", async () => {
		expect(await findings("{}", 20e9)).toEqual([]);
		const [full, ...others] = await findings("{}", 8e9);
		expect(others).toEqual([]);
		expect(full).toMatch(/^warning store\.disk: 92 % of the disk of .* is used .* so intake stops at once/);
		expect(await findings("{ freeMin: 30GB }", 20e9)).toHaveLength(1);
	});

	it("do not flap", async () => {
		expect(await findings("{ usedMax: 80%, usedResume: 85% }", 50e9)).toEqual([
			expect.stringContaining("must not lie above usedMax"),
		]);
	});
});
