/** What an integration's own tests need: a world in which time moves only when it is told to. */
export {
	createSeededChance,
	createVirtualRuntime,
	type VirtualRuntime,
	type VirtualRuntimeOptions,
} from "./simulation/virtual-runtime.js";
