import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { messageOf } from "../model/failure.js";
/** How many processes can work at once. */
export const coreCount = availableParallelism;
/**
 * Runs tasks in so many processes of the module at `entry`, which calls `serveTasks`; each takes the next task when it is
 * done. Resolves in the order of the tasks; rejects when a process ends before its task does, or cannot do it.
 */
export async function runInProcesses(entry, tasks, processes, onResult) {
    const results = [];
    let next = 0;
    const work = async () => {
        const child = fork(entry, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        try {
            for (let at = next++; at < tasks.length; at = next++) {
                const result = await answerOf(child, tasks[at]);
                results[at] = result;
                onResult(result);
            }
        }
        finally {
            child.kill();
        }
    };
    await Promise.all(Array.from({ length: Math.min(processes, tasks.length) }, work));
    return results;
}
/** The other side: does one task after the other, until whoever started this process closes the channel or is gone. */
export function serveTasks(run) {
    const answer = (message) => process.send?.(message);
    process.on("message", (task) => {
        void run(task).then((result) => answer({ result }), (thrown) => answer({ trouble: messageOf(thrown) }));
    });
    process.on("disconnect", () => process.exit());
}
/** Calls back with rejections at which nobody looked, until the function that it returns is called. */
export function onStrayRejection(stray) {
    process.on("unhandledRejection", stray);
    return () => process.off("unhandledRejection", stray);
}
function answerOf(child, task) {
    return new Promise((resolve, reject) => {
        const onMessage = (message) => {
            const answer = message;
            child.off("exit", onExit);
            if ("result" in answer)
                resolve(answer.result);
            else
                reject(new Error(`${JSON.stringify(task)} could not be done: ${answer.trouble}`));
        };
        const onExit = (code, signal) => {
            child.off("message", onMessage);
            const how = signal ?? `code ${code}`;
            reject(new Error(`The process for ${JSON.stringify(task)} ended before it was done (${how}).`));
        };
        child.once("message", onMessage);
        child.once("exit", onExit);
        child.send(task);
    });
}
