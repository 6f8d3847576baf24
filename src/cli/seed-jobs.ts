import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SeedResult, SeedTask } from "../simulation/world/index.js";

type Answer = { readonly result: SeedResult } | { readonly trouble: string };

/**
 * Runs worlds in so many processes, each of which takes the next one when it is done. Resolves in the order of the tasks;
 * rejects when a process ends before its world does, or cannot run it.
 */
export async function runSeedsInProcesses(
	tasks: readonly SeedTask[],
	jobs: number,
	onResult: (result: SeedResult) => void,
): Promise<readonly SeedResult[]> {
	const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
	const entry = fileURLToPath(new URL(`./seed-process.${extension}`, import.meta.url));
	const results: SeedResult[] = [];
	let next = 0;
	const work = async () => {
		const child = fork(entry, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
		try {
			for (let at = next++; at < tasks.length; at = next++) {
				const result = await answerOf(child, tasks[at] as SeedTask);
				results[at] = result;
				onResult(result);
			}
		} finally {
			child.kill();
		}
	};
	await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, work));
	return results;
}

function answerOf(child: ChildProcess, task: SeedTask): Promise<SeedResult> {
	return new Promise((resolve, reject) => {
		const onMessage = (message: unknown) => {
			const answer = message as Answer;
			child.off("exit", onExit);
			if ("result" in answer) resolve(answer.result);
			else reject(new Error(`Seed ${task.seed} could not be run: ${answer.trouble}`));
		};
		const onExit = (code: number | null, signal: string | null) => {
			child.off("message", onMessage);
			reject(
				new Error(`The process of seed ${task.seed} ended before it was done (${signal ?? `code ${code}`}).`),
			);
		};
		child.once("message", onMessage);
		child.once("exit", onExit);
		child.send(task);
	});
}
