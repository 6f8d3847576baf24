import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { SMALL_YOUNG_HEAP } from "../src/runtime/node-memory.js";
import { scratchDirectory } from "./scratch-directory.js";
import { ROOT } from "./tidy/repository.js";

const HAS_SYSTEMD = spawnSync("systemd-analyze", ["--version"]).status === 0;
const CONFIG = `
agencies: { metro: { timezone: America/Chicago } }
feeds:
  metro-avl: { agency: metro, upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }] }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
  archive: { type: ndjson-file, path: ./out/archive.ndjson }
routes:
  - { from: metro-avl, to: rider-feed, mode: latest }
  - { from: metro-avl, to: archive, mode: every }
`;

const cleanups: (() => void)[] = [];
afterEach(() => {
	for (const clean of cleanups.splice(0)) clean();
});

function print(name: string, text: string, ...words: string[]) {
	const folder = scratchDirectory("wayside-service-");
	cleanups.push(folder.remove);
	const file = join(folder.path, name);
	mkdirSync(join(folder.path, "out"));
	writeFileSync(file, text);
	const main = join(ROOT, "dist/cli/main.js");
	const run = spawnSync(process.execPath, [main, "service", "print", file, ...words], { encoding: "utf8" });
	return { folder: folder.path, file, code: run.status, unit: run.stdout, err: run.stderr };
}

const lineOf = (unit: string, name: string) =>
	unit
		.split("\n")
		.find((line) => line.startsWith(`${name}=`))
		?.slice(name.length + 1);

describe("wayside service print", () => {
	it("lets the hub write its store and what its sinks write, and nothing else", () => {
		const { code, unit, folder, file } = print("wayside.yaml", CONFIG);
		expect(code).toBe(0);
		expect(lineOf(unit, "ReadWritePaths")).toBe(`${folder}/.wayside ${folder}/out`);
		expect(lineOf(unit, "ExecStart")).toBe(
			`${process.execPath} ${SMALL_YOUNG_HEAP} ${join(ROOT, "dist/cli/main.js")} run ${file}`,
		);
		expect(lineOf(unit, "CapabilityBoundingSet")).toBe("");
		expect(lineOf(unit, "User")).toBe("wayside");
	});

	it("starts Node with the small young heap, as npm start does", () => {
		const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
			scripts: Record<string, string>;
		};
		expect(scripts["start"]).toBe(`node ${SMALL_YOUNG_HEAP} scripts/start.mjs`);
	});

	it("gives the right to a port below 1024 where one is configured, and no other", () => {
		const { unit } = print("wayside.yaml", `${CONFIG}http: { public: { port: 443 } }\n`, "--user", "avl");
		expect(lineOf(unit, "CapabilityBoundingSet")).toBe("CAP_NET_BIND_SERVICE");
		expect(lineOf(unit, "User")).toBe("avl");
	});

	it("refuses a user that is none, and a configuration that is wrong", () => {
		const bad = print("wayside.yaml", CONFIG, "--user", "a b\nExecStartPre=/bin/evil");
		expect([bad.code, bad.unit]).toEqual([2, ""]);
		expect(print("wayside.yaml", CONFIG.replace("http-push", "http-pull")).code).toBe(78);
	});

	it.skipIf(!HAS_SYSTEMD)(
		"is a unit that systemd takes without a word, whatever the path (needs systemd-analyze)",
		() => {
			for (const name of ["wayside.yaml", '100% of $it\'s "agency".yaml']) {
				const { unit, folder } = print(name, CONFIG, "--user", "root");
				const path = join(folder, "wayside.service");
				writeFileSync(path, unit);
				const verify = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
				expect([verify.status, verify.stderr, verify.stdout], unit).toEqual([0, "", ""]);
			}
		},
	);
});
