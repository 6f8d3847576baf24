import { runSeed, type SeedTask } from "../simulation/world/index.js";
import { withTemporaryFolder } from "./temporary-folder.js";

/**
 * The process that `wayside simulate` starts for each core: a `SeedTask` comes in, its `SeedResult` goes back, until the other
 * side closes the channel or is gone. A world is the same wherever it runs.
 */
process.on("message", (task: SeedTask) => {
	void withTemporaryFolder((folder) =>
		runSeed(task, folder, (stray) => {
			process.on("unhandledRejection", stray);
			return () => process.off("unhandledRejection", stray);
		}),
	).then(
		(result) => process.send?.({ result }),
		(thrown: unknown) =>
			process.send?.({ trouble: thrown instanceof Error ? (thrown.stack ?? thrown.message) : `${thrown}` }),
	);
});
process.on("disconnect", () => process.exit());
