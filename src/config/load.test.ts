import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	file,
	findingsIn,
	folder,
	GOOD,
	load,
	plugins,
	poll,
	runtime,
	served,
	swap,
	words,
} from "../../test/config-plugins.js";
import { SLO_DEFAULT } from "../model/slo.js";
import { formatFinding } from "./findings.js";
import { loadConfigFile } from "./load.js";

describe("a configuration that is right", () => {
	it("becomes plain numbers, absolute paths and definitions", async () => {
		const { config, findings } = await load(GOOD);
		expect(findings).toEqual([]);
		expect(config?.agencies[0]?.area).toEqual({ west: -88.1, south: 41.6, east: -87.4, north: 42.2 });
		expect(config?.feeds[0]?.upstreams[0]).toMatchObject({
			source: { definition: poll, options: { url: "https://avl.example/v", every: 20_000 } },
			decoder: { definition: words, options: { language: "en" } },
			timezone: "America/Chicago",
			history: { kind: "window", windowMs: 900_000 },
			budget: {
				requests: { count: 12, perMs: 60_000 },
				bytes: { count: 65_536, perMs: 1000 },
				quota: { count: 10_000, perMs: 86_400_000 },
			},
			secrets: { key: "abc123" },
		});
		expect(config?.routes).toMatchObject([
			{
				from: "metro-avl",
				to: ["rider-feed"],
				mode: "latest",
				maxAgeMs: 300_000,
				order: "marked",
				reorderMs: undefined,
			},
			{ to: ["archive"], kinds: ["vehicle_location"], mode: "every", maxAgeMs: undefined, reorderMs: 5000 },
		]);
		expect(config?.http).toEqual({
			public: { host: "0.0.0.0", port: 8080 },
			admin: { host: "127.0.0.1", port: 8081, token: undefined },
		});
		expect(config?.intake).toMatchObject({ futureSkewMs: 60_000 });
		expect(config?.store.directory).toMatch(/\.wayside$/);
		expect(config?.store.disk).toEqual({ usedMax: 0.9, usedResume: 0.85, freeBytesMin: 2e9 });
		expect(config?.slo?.freshness).toEqual({ target: 0.99, limitMs: 90_000 });
		expect(config?.slo?.detection).toEqual(SLO_DEFAULT.detection);
	});

	it("takes secrets from options, files and the environment, and one line end off a file", async () => {
		writeFileSync(join(folder.path, "key"), "from-a-file\n");
		const text = swap(
			"path: /gtfs-rt",
			`path: /gtfs-rt, secret: { file: ${join(folder.path, "key")} }`,
		).replace("sinks:", "http: { admin: { token: { env: AVL_KEY } } }\nsinks:");
		const { config, findings } = await load(text);
		expect(findings).toEqual([]);
		expect(config?.sinks[0]?.secrets).toEqual({ secret: "from-a-file" });
		expect(config?.http.admin.token).toBe("abc123");
	});

	it("fills in variables, with their type where they stand alone", async () => {
		const text = `${GOOD}http:\n  public: { port: "\${PORT}" }\n  admin:\n    port: \${ADMIN:-9001}\n`;
		const { config, findings } = await load(text, { environment: { AVL_KEY: "k", PORT: "9000" } });
		expect(findings).toEqual([]);
		expect(config?.http.public.port).toBe(9000);
		expect(config?.http.admin.port).toBe(9001);
	});
});

describe("syntax", () => {
	it.each([
		[
			"every: 20s",
			"evry: 20s",
			'7:66 error feeds.metro-avl.upstreams[0].source.evry: unknown option "evry" | did you mean "every"?',
		],
		[
			"every: 20s",
			"every: soon",
			'7:73 error feeds.metro-avl.upstreams[0].source.every: "soon" is not a duration',
		],
		[
			"type: http-poll",
			"type: htp-poll",
			'7:25 error feeds.metro-avl.upstreams[0].source.type: there is no source of type "htp-poll" | did you mean "http-poll"?',
		],
		[
			"decoder: words",
			"decoder: wrds",
			'8:18 error feeds.metro-avl.upstreams[0].decoder: there is no decoder of type "wrds" | did you mean "words"?',
		],
		[
			"decoder: words",
			"decoder: { type: words, language: fr }",
			'8:43 error feeds.metro-avl.upstreams[0].decoder.language: "fr" is not one of: de, en',
		],
		["    agency: metro\n", "", '4:3 error feeds.metro-avl.agency: "agency" is missing'],
		[
			"timezone: America/Chicago",
			"timezone: America/Chikago",
			'2:22 error agencies.metro.timezone: "America/Chikago" is not a time zone',
		],
		["routes:", "rutes:", '14:1 error rutes: unknown option "rutes" | did you mean "routes"?'],
		["mode: latest", "mode: newest", '15:46 error routes[0].mode: "newest" is not one of: latest, every'],
		[
			"requests: 12/min",
			"requests: lots",
			'9:29 error feeds.metro-avl.upstreams[0].budget.requests: "lots" is not a rate',
		],
		[
			"AVL_KEY }",
			"AVL_KEY, file: x }",
			"10:25 error feeds.metro-avl.upstreams[0].secrets.key: a secret is either",
		],
		["41.6", "91.6", "2:53 error agencies.metro.area[1]: 91.6 is too large"],
		["slo:", "slo: {}\nslo:", "18:1 error (file): Map keys must be unique"],
		["  archive: {", "\tarchive: {", "13:1 error (file): "],
		["path: ./archive.ndjson", "", '13:12 error sinks.archive.path: "path" is missing'],
		[
			"https://avl.example/v",
			"avl",
			'7:41 error feeds.metro-avl.upstreams[0].source.url: "avl" is not a URL',
		],
		[
			"https://avl.example/v",
			"${AVL_URL}",
			"7:41 error feeds.metro-avl.upstreams[0].source.url: the environment variable AVL_URL is not set",
		],
		[
			"slo:",
			"x: { a: ${A}, b: [${A}] }\nslo:",
			"17:10 error (file): Unexpected flow-map-start at node end | put a reference inside of { } or [ ] in quotes",
		],
		["  metro-avl:\n", "  metro avl:\n", '4:3 error feeds.metro avl: the name "metro avl" cannot be used'],
	])("finds %j written as %j", async (from, to, expected) => {
		const found = await findingsIn(swap(from, to));
		expect(
			found.some((line) => line.startsWith(expected)),
			found.join("\n"),
		).toBe(true);
	});

	it("finds several at once, plug-in blocks included, in reading order", async () => {
		const found = await findingsIn(
			swap("every: 20s", "every: 0s").replace("mode: every", "mode: all").replace("path: ./a", "pth: ./a"),
		);
		expect(found.map((line) => line.split(" ")[2])).toEqual([
			"feeds.metro-avl.upstreams[0].source.every:",
			"sinks.archive.path:",
			"sinks.archive.pth:",
			"routes[1].mode:",
		]);
	});

	it("says of everything else what is wrong when a variable is not set, and nothing more of its value", async () => {
		const found = await findingsIn(
			swap("https://avl.example/v", "${AVL_URL}")
				.replace("every: 20s", "every: 0s")
				.replace("from: metro-avl", "from: metro-bus")
				.replace("mode: every", "mode: all"),
		);
		expect(found.map((line) => line.split(" ")[2])).toEqual([
			"feeds.metro-avl.upstreams[0].source.url:",
			"feeds.metro-avl.upstreams[0].source.every:",
			"routes[1].mode:",
		]);
	});

	it("leaves out what the machine lacks where a variable that is not set names it", async () => {
		const text = swap("area:", "gtfs: '${GTFS}', area:");
		const found = await findingsIn(text);
		expect(found.map((line) => line.split(" ").slice(2).join(" "))).toEqual([
			"agencies.metro.gtfs: the environment variable GTFS is not set | set it (export GTFS=...), or give a default: ${GTFS:-value}",
		]);
	});

	it.each(["", "# nothing\n", "[1, 2]", "just text", "a: &a [*a]", "\u0000", "{".repeat(2000)])(
		"has something to say about %j",
		async (text) => {
			const { config, findings } = await load(text);
			expect(config).toBeUndefined();
			expect(findings.length).toBeGreaterThan(0);
		},
	);

	it("does not expand a bomb of aliases", async () => {
		const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
		for (let i = 1; i < 12; i++)
			lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`);
		const { findings } = await load(lines.join("\n"));
		expect(findings[0]?.mend).toContain("aliases");
	});

	it("never throws, whatever the file holds", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(GOOD.length),
				fc.nat(40),
				fc.oneof(fc.string(), fc.constantFrom("[", "{", "}", ":", "- ", "&a", "*a", "null", "${", "!!int")),
				async (at, length, text) => {
					const { findings } = await load(GOOD.slice(0, at) + text + GOOD.slice(at + length));
					for (const finding of findings) {
						expect(finding.line).toBeGreaterThan(0);
						expect(finding.mend).not.toBe("");
					}
				},
			),
			{ numRuns: 150, seed: 7 },
		);
	});
});

describe("environment", () => {
	it("names what is missing on this machine, and can be skipped", async () => {
		const text = swap("area:", "gtfs: ./none.zip, area:")
			.replace("decoder: words", "decoder: words\n        contract: ./none.json")
			.replace("env: AVL_KEY", "env: NO_SUCH_KEY");
		const found = await findingsIn(`${text}store: { directory: /dev/null/store }\n`);
		expect(found.map((line) => line.split(" ")[2])).toEqual([
			"agencies.metro.gtfs:",
			"feeds.metro-avl.upstreams[0].contract:",
			"feeds.metro-avl.upstreams[0].secrets.key:",
			"store.directory:",
		]);
		expect(await findingsIn(text, { skipEnvironment: true })).toEqual([]);
	});

	it("tries the folders that sinks write into", async () => {
		const writing = { ...served, folders: () => ({ directory: "/dev/null/feeds", more: undefined }) };
		const found = await findingsIn(GOOD, { plugins: { ...plugins, sinks: [writing, file] } });
		expect(found).toEqual([
			expect.stringMatching(
				/^12:\d+ error sinks.rider-feed.directory: \/dev\/null is a file, and a folder is needed/,
			),
		]);
	});

	it("never shows a value that came out of a variable", async () => {
		const environment = { AVL_KEY: "k", AVL_URL: "hunter2-not-a-url" };
		const found = await findingsIn(swap("https://avl.example/v", "${AVL_URL}"), { environment });
		expect(found.join()).toContain('"${AVL_URL}" is not a URL');
		expect(found.join()).not.toContain("hunter2");
	});

	it("says so when the file is not there or is no text", async () => {
		const options = { plugins, runtime, environment: {} };
		const missing = await loadConfigFile("/no/such/file.yaml", options);
		expect(missing.findings[0]?.message).toContain("/no/such/file.yaml");
		writeFileSync(join(folder.path, "x.yaml"), new Uint8Array([0xff, 0xfe, 0x00, 0x80]));
		const binary = await loadConfigFile(join(folder.path, "x.yaml"), options);
		expect(binary.findings[0]?.message).toContain("cannot be read");
	});
});

it("prints a finding as editors read it", async () => {
	const { findings } = await load(swap("mode: latest", "mode: newest"));
	expect(findings.map((finding) => formatFinding("a.yaml", finding))[0]).toMatch(
		/^a\.yaml:15:46: error: routes\[0\]\.mode: "newest" is not one of: latest, every\n {4}mend: /,
	);
});
