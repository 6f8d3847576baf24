import type { Network } from "./http.js";
import { nodeChance, nodeClock } from "./node-clock.js";
import { createNodeFiles } from "./node-files.js";
import { createNodeHttp } from "./node-http.js";
import type { Runtime } from "./runtime.js";

export interface NodeRuntimeOptions {
	/** How requests leave when nobody says otherwise. */
	readonly network?: Network;
}

/** The real world, with connections of its own: two hubs in one process share none. */
export interface NodeRuntime extends Runtime {
	/** Drops every connection. The rest of the runtime keeps working, so that what is in hand can be finished. */
	close(): Promise<void>;
}

export function createNodeRuntime(options: NodeRuntimeOptions = {}): NodeRuntime {
	const http = createNodeHttp(options.network);
	return {
		clock: nodeClock,
		chance: nodeChance,
		http,
		files: createNodeFiles(),
		close: () => http.close(),
	};
}
