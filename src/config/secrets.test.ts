import { describe, expect, it } from "vitest";
import { testRuntime } from "../testing/source-contract.js";
import { BUILTINS } from "./builtins.js";
import { loadConfig } from "./load.js";

const CONFIG = `agencies: { metro: { timezone: UTC } }
feeds:
  avl:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "https://avl.example/v", query: { key: "{secret:key}" }, every: 20s }
        decoder: gtfs-realtime
        secrets: { key: { env: AVL_KEY } }
sinks:
  partner: { type: webhook, url: "https://partner.example/in", secret: { env: HOOK } }
routes: [{ from: avl, to: partner, mode: every }]
store: { directory: /tmp/wayside-secrets-test, disk: { usedMax: 99%, usedResume: 99%, freeMin: 1MiB } }
`;

describe("a secret that is not there", () => {
	it("is the one thing that is said about it, and keeps the hub from starting", async () => {
		const { config, findings } = await loadConfig(CONFIG, "/tmp", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: { HOOK: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
		});
		expect(findings.map(({ path, message, mend }) => `${path}: ${message} | ${mend}`)).toEqual([
			"feeds.avl.upstreams[0].secrets.key: the environment variable AVL_KEY is not set, or empty | set it: export AVL_KEY=...",
		]);
		expect(config).toBeUndefined();
	});
});
