import { resolve as resolvePath } from "node:path";
import { Failure } from "../model/failure.js";
import { UsageError } from "./usage-error.js";
/** Before anything is read: a misspelt last name should not cost the work on all the others. */
export async function checkFiles(files, { runtime, workingDirectory }) {
    for (const file of files) {
        if (!(await runtime.files.stat(resolvePath(workingDirectory, file))))
            throw new Error(`There is no file or folder ${file}`);
    }
}
/** Captured payloads in the order given: a file is a frame, or each of its lines. */
export function captureSource(files, split, feed, context) {
    const definition = context.plugins.sources.find((candidate) => candidate.type === "file-replay");
    if (!definition)
        throw new Failure("bug", "The source file-replay is missing in the list of plug-ins");
    if (split !== "none" && split !== "lines")
        throw new UsageError(`--split ${split} is none of: none, lines`);
    const source = definition.create(definition.options.parse({ paths: [...files], split }), {
        feed,
        runtime: context.runtime,
        baseDirectory: context.workingDirectory,
        secrets: {},
        receive: () => Promise.reject(new Failure("bug", "A replay is pulled, not pushed")),
    });
    if (source.kind !== "stream")
        throw new Failure("bug", "The source file-replay is no stream");
    return source;
}
