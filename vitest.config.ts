import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["src/**/*.test.ts", "test/**/*.test.ts"],
		globalSetup: ["test/build-once.ts"],
		setupFiles: ["test/property-settings.ts"],
		// For a machine that is shared: a test that hangs is told all the same, only later.
		testTimeout: 120_000,
		hookTimeout: 120_000,
		pool: "forks",
		maxWorkers: 2,
		coverage: {
			provider: "v8",
			include: ["src/**/*.ts"],
			exclude: ["src/**/*.test.ts", "src/cli/**", "src/testing/**", "src/stores/sqlite-worker.ts"],
			reporter: ["text-summary", "json-summary"],
			// What holds today; it only ever goes up.
			thresholds: { lines: 95, branches: 89 },
		},
	},
});
