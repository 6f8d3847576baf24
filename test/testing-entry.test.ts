import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "./tidy/repository.js";

const root = mkdtempSync(join(tmpdir(), "wayside-entry-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
	readFileSync(join(ROOT, "package.json"), "utf8"),
) as Record<"dependencies" | "peerDependencies" | "peerDependenciesMeta", Record<string, unknown>>;

/** A project that has installed the package as it is published: its files are copies, what it depends on is linked. */
function project(name: string, alsoInstalled: readonly string[]): string {
	const folder = join(root, name);
	const installed = join(folder, "node_modules/wayside");
	mkdirSync(installed, { recursive: true });
	cpSync(join(ROOT, "dist"), join(installed, "dist"), { recursive: true });
	cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
	for (const each of [...Object.keys(dependencies), ...alsoInstalled]) {
		const target = join(folder, "node_modules", each);
		mkdirSync(dirname(target), { recursive: true });
		symlinkSync(join(ROOT, "node_modules", each), target);
	}
	writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
	return folder;
}

function node(folder: string, ...words: string[]): { status: number | null; output: string } {
	const run = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
	return { status: run.status, output: `${run.stdout}${run.stderr}` };
}

it("type-checks and passes the example of docs/testing.md in a project of its own", () => {
	const page = readFileSync(join(ROOT, "docs/testing.md"), "utf8");
	const example = /<!-- test -->\n```ts\n([\s\S]*?)```/.exec(page)?.[1];
	expect(example).toBeDefined();
	const folder = project("plug-in", [...Object.keys(peerDependencies), "@types/node"]);
	writeFileSync(join(folder, "acme.test.ts"), example ?? "");
	writeFileSync(
		join(folder, "tsconfig.json"),
		JSON.stringify({
			compilerOptions: { module: "NodeNext", target: "ES2023", strict: true, noEmit: true, types: ["node"] },
			files: ["acme.test.ts"],
		}),
	);
	const types = node(folder, join(ROOT, "node_modules/typescript-7/bin/tsc"), "-p", ".", "--skipLibCheck");
	expect(types).toEqual({ status: 0, output: "" });
	const run = node(folder, join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", folder);
	expect(run.status, run.output).toBe(0);
	expect(run.output).toContain("acme.test.ts");
});

it("loads everything but the suites where vitest and fast-check are not installed", () => {
	const folder = project("production", []);
	expect(Object.keys(peerDependencies).sort()).toEqual(["fast-check", "vitest"]);
	for (const name of Object.keys(peerDependencies))
		expect(peerDependenciesMeta[name]).toEqual({ optional: true });
	for (const entry of ["wayside", "wayside/resilience", "wayside/testing/virtual-runtime"]) {
		const loaded = node(folder, "--input-type=module", "--eval", `await import("${entry}")`);
		expect(loaded, entry).toEqual({ status: 0, output: "" });
	}
	const refused = node(folder, "--input-type=module", "--eval", 'await import("wayside/testing")');
	expect(refused.output).toMatch(/Cannot find package '(vitest|fast-check)'/);
});
