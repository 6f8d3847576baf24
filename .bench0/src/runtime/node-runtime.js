import { nodeChance, nodeClock } from "./node-clock.js";
import { createNodeFiles } from "./node-files.js";
import { createNodeHttp } from "./node-http.js";
export function createNodeRuntime(options = {}) {
    const http = createNodeHttp(options.network);
    return {
        clock: nodeClock,
        chance: nodeChance,
        http,
        files: createNodeFiles(),
        close: () => http.close(),
    };
}
