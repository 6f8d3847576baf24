import { onStrayRejection, serveTasks } from "../runtime/node-jobs.js";
import { runSeed } from "../simulation/world/index.js";
import { withTemporaryFolder } from "./temporary-folder.js";
// The process that `wayside simulate` starts for each core. A world is the same wherever it runs.
serveTasks((task) => withTemporaryFolder((folder) => runSeed(task, folder, onStrayRejection)));
