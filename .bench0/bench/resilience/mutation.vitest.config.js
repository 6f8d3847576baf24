import { defineConfig } from "vitest/config";
/** The tests that judge a mutant of the resilience core: its own, and nothing that needs a build. */
export default defineConfig({
    test: {
        include: ["src/resilience/**/*.test.ts"],
        // Reads its own sources, which are instrumented here.
        exclude: ["**/documentation.test.ts"],
        // Everything is in virtual time: a test that takes longer waits for what a mutant took away.
        testTimeout: 5_000,
        pool: "forks",
        maxWorkers: 1,
    },
});
