#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { BUILTINS } from "../config/builtins.js";
import { growHeapSlowly } from "../runtime/node-memory.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { packageVersion } from "./context.js";
import { EXIT } from "./exit-codes.js";
import { runCli } from "./program.js";
import { processTerminal } from "./terminal.js";
growHeapSlowly();
const runtime = createNodeRuntime();
// A reader that has seen enough (`wayside tap | head`) closes the pipe; that is no failure.
process.stdout.on("error", (error) => {
    if (error.code === "EPIPE")
        process.exit(EXIT.ok);
    throw error;
});
/**
 * Ends by the signal itself, which shells report as 130: `process.exit` would first take down the thread of the store,
 * and Node can abort when that thread is inside SQLite. What was settled is durable either way.
 */
function stopAtOnce() {
    process.removeAllListeners("SIGINT");
    process.kill(process.pid, "SIGINT");
}
const code = await runCli(process.argv.slice(2), {
    terminal: processTerminal(stopAtOnce),
    runtime,
    plugins: BUILTINS,
    version: packageVersion(),
    program: [process.execPath, fileURLToPath(import.meta.url)],
    workingDirectory: process.cwd(),
});
await runtime.close();
process.exit(code);
