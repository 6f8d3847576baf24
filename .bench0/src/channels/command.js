import { isAbsolute, resolve as resolvePath } from "node:path";
import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { runCommand } from "../runtime/node-command.js";
const options = z.strictObject({
    path: z
        .string()
        .min(1)
        .describe("The program. With a slash: a file, from the configuration's folder on. Without: looked up in PATH."),
    arguments: z
        .array(z.string())
        .max(100)
        .default([])
        .describe("What it is called with, one by one. No shell reads them."),
    timeout: durationOption({ minMs: 1000, maxMs: 600_000 })
        .prefault("30s")
        .describe("After it the program and what it started are ended, and it counts as failed."),
});
/**
 * Runs a program with the message as JSON on its standard input, without a shell. Exit status 0: told. 78 (EX_CONFIG), or a
 * program that is not there: a person is needed. Any other: it is tried again. Secrets are variables of its environment, under
 * their names in capitals after `WAYSIDE_`; else it gets PATH, HOME, LANG and TZ.
 */
export const definition = Object.freeze({
    type: "command",
    summary: "Runs a program with the message as JSON on its standard input.",
    options,
    create: ({ path, arguments: words, timeout }, context) => {
        const isFile = path.includes("/") || path.includes("\\");
        const program = isFile && !isAbsolute(path) ? resolvePath(context.baseDirectory, path) : path;
        const environment = Object.fromEntries(Object.entries(context.secrets).map(([name, value]) => [
            `WAYSIDE_${name.toUpperCase().replaceAll("-", "_")}`,
            value,
        ]));
        return {
            timeoutMs: timeout,
            send: (message, signal) => runCommand({
                program,
                words,
                environment,
                workingDirectory: context.baseDirectory,
                input: `${JSON.stringify(message)}\n`,
                timeoutMs: timeout,
            }, signal),
        };
    },
});
