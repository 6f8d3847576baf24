// Layout is data flow; this file is the law that keeps it so (docs/architecture.md says why).
// Run it through `node scripts/verify.mjs` or `npx depcruise src`; test/tidy.test.ts plants a violation of each rule
// and asserts that modules were read at all: with TypeScript 7 as `typescript` the tool reads none and reports success.
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const MAY_IMPORT = {
	model: [],
	formats: ["model"],
	runtime: ["model"],
	resilience: ["model", "runtime"],
	log: ["model", "runtime"],
	stores: ["model", "runtime", "formats", "log"],
	sources: ["model", "runtime", "formats", "log"],
	decoders: ["model", "runtime", "formats", "log"],
	sinks: ["model", "runtime", "formats", "log"],
	channels: ["model", "runtime", "formats"],
	schedule: ["model", "runtime", "formats", "log"],
	quality: ["model", "runtime", "formats", "log", "schedule"],
	intake: ["model", "runtime", "resilience", "log", "quality", "schedule", "sources", "decoders"],
	routes: ["model", "runtime", "resilience", "log", "sinks", "operations"],
	operations: ["model", "runtime", "log", "schedule"],
	comparison: ["model", "runtime", "formats", "resilience", "schedule"],
	config: ["model", "runtime", "formats", "schedule", "sources", "decoders", "sinks", "channels", "quality"],
	gateway: ["model", "runtime", "formats", "operations", "config", "hub.ts"],
	simulation: [
		"model",
		"formats",
		"runtime",
		"resilience",
		"log",
		"stores",
		"sources",
		"decoders",
		"sinks",
		"channels",
		"schedule",
		"quality",
		"intake",
		"routes",
		"operations",
		"config",
		"gateway",
		"hub.ts",
	],
};
// A suite may look at anything but the terminal.
MAY_IMPORT.testing = [...MAY_IMPORT.simulation, "simulation"];
const PLUGINS = ["sources", "decoders", "sinks", "channels"];
const STAGES = [
	"model",
	"runtime",
	"resilience",
	"log",
	"quality",
	"schedule",
	"intake",
	"routes",
	"operations",
	"sources",
	"decoders",
	"sinks",
	"channels",
];
const NO_NPM = ["model", "resilience", "log", "intake", "routes", "quality", "schedule", "operations", "comparison", "hub.ts", "hub"];
// Of Node only what computes: no clock, no disk, no socket, no process.
const PURE_NODE = "^(node:)?(buffer|assert|path|path/posix|url|util|crypto|string_decoder|stream|zlib)$";
const PURE = [
	"model",
	"formats",
	"resilience",
	"sources",
	"decoders",
	"sinks",
	"channels",
	"quality",
	"schedule",
	"intake",
	"log",
	"routes",
	"operations",
	"comparison",
	"config",
	"gateway",
	"simulation",
	"testing",
	"hub.ts",
	"hub",
];
const TEST = "[.]test[.]ts$";
const NPM = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown", "npm-bundled"];
const at = (names) =>
	names.map((name) => (name.endsWith(".ts") ? `^src/${name.replace(".", "[.]")}$` : `^src/${name}/`)).join("|");

function sourceFiles(kind) {
	const names = readdirSync(join(__dirname, "src", kind));
	return names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")).map((name) => name.slice(0, -3));
}

/** A plug-in is a file that exports its `definition`. */
function pluginsOf(kind) {
	const exported = /^export const definition\b/m;
	return sourceFiles(kind).filter((name) =>
		exported.test(readFileSync(join(__dirname, "src", kind, `${name}.ts`), "utf8")),
	);
}

/** A plug-in's files begin with its name: http-poll.ts, http-poll-cursor.ts. Named one by one, for a simple pattern. */
function filesOf(kind, plugin) {
	const files = sourceFiles(kind).filter((name) => name === plugin || name.startsWith(`${plugin}-`));
	return `^src/${kind}/(${files.join("|")})[.]ts$`;
}

module.exports = {
	forbidden: [
		...Object.entries(MAY_IMPORT).map(([from, allowed]) => ({
			name: `${from}-imports-only`,
			severity: "error",
			comment: `${from}/ may import: ${allowed.join(", ") || "nothing"}`,
			from: { path: at([from]), pathNot: TEST },
			to: { path: "^src/", pathNot: at([from, ...allowed]) },
		})),
		{
			name: "hub-imports-stages",
			severity: "error",
			comment: "The hub composes stages. Of the configuration it knows the resolved shape only.",
			from: { path: "^src/hub([.]ts$|/)", pathNot: TEST },
			to: { path: "^src/", pathNot: `${at(STAGES)}|^src/config/config[.]ts$|^src/hub/` },
		},
		{
			name: "hub-parts-only-by-the-hub",
			severity: "error",
			comment: "What stands in hub/ is a part of hub.ts, which everyone else asks.",
			from: { path: "^src/", pathNot: ["^src/hub([.]ts$|/)", TEST] },
			to: { path: "^src/hub/" },
		},
		{
			name: "plugins-only-via-builtins",
			severity: "error",
			comment: "Only config/builtins.ts names a concrete plug-in.",
			from: { path: "^src/", pathNot: ["^src/config/builtins[.]ts$", at(PLUGINS), TEST] },
			to: { path: PLUGINS.flatMap((kind) => pluginsOf(kind).map((name) => filesOf(kind, name))).join("|") },
		},
		...PLUGINS.flatMap((kind) =>
			pluginsOf(kind).map((name) => ({
				name: `${kind}-never-import-each-other`,
				severity: "error",
				comment: `The files of ${kind}/${name} belong to it alone: what plug-ins share stands in formats/ or in a file of no plug-in.`,
				from: { path: `^src/${kind}/`, pathNot: [filesOf(kind, name), TEST] },
				to: { path: filesOf(kind, name) },
			})),
		),
		{
			name: "no-npm-in-the-core",
			severity: "error",
			comment: "npm packages belong to runtime, formats, stores, plug-ins, config, gateway, cli and simulation.",
			from: { path: at(NO_NPM), pathNot: TEST },
			to: { dependencyTypes: NPM },
		},
		{
			name: "testing-only-by-tests",
			severity: "error",
			comment: "Contract suites load a test runner: only tests and the package entry `wayside/testing` lead there.",
			from: { path: "^src/", pathNot: ["^src/testing/", TEST] },
			to: { path: "^src/testing/" },
		},
		{
			name: "test-tools-only-in-testing",
			severity: "error",
			comment: "vitest and fast-check are optional peers: `import \"wayside\"` works without them.",
			from: { path: "^src/", pathNot: ["^src/testing/", TEST] },
			to: { path: "(^|/)(vitest|fast-check)(/|$)" },
		},
		{
			name: "no-outside-world",
			severity: "error",
			comment: "Time, chance, disk and network come from runtime/; stores, cli and tests are the exceptions.",
			from: { path: at(PURE), pathNot: TEST },
			to: { dependencyTypes: ["core"], pathNot: PURE_NODE },
		},
		{
			name: "no-circular",
			severity: "error",
			comment: "A cycle has no beginning to read from.",
			from: { path: "^src/" },
			to: { circular: true, viaOnly: "^src/" },
		},
		{
			name: "no-unresolvable",
			severity: "error",
			comment: "An import that leads nowhere breaks at run time.",
			from: {},
			to: { couldNotResolve: true },
		},
	],
	options: {
		tsConfig: { fileName: "tsconfig.test.json" },
		tsPreCompilationDeps: true,
		doNotFollow: { path: "node_modules" },
		enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
	},
};
