/**
 * What the tests of an integration need: a world in which time moves only when it is told to, and the contract suites that
 * every source, decoder, sink and log passes. It loads vitest and fast-check, the optional peers of the package; the world
 * alone, for other test runners, is `wayside/testing/virtual-runtime`. How to use it: docs/testing.md.
 */
export {
	createSeededChance,
	createVirtualRuntime,
	type VirtualRuntime,
	type VirtualRuntimeOptions,
} from "../simulation/virtual-runtime.js";
export {
	alertMessage,
	type ChannelUnderTest,
	describeChannelContract,
	type ReceiverMood,
} from "./channel-contract.js";
export { expectValid } from "./decoded-frame.js";
export { type DecoderSample, type DecoderSuite, describeDecoder } from "./decoder-contract.js";
export { describeLiveSource, type LiveSuite } from "./live-source-contract.js";
export { describeLogContract } from "./log-contract.js";
export type { ContractOptions, OpenedLog, OpenLog } from "./log-packs.js";
export { type SampleOptions, sampleRecord } from "./record-samples.js";
export { describeServingSinkContract } from "./serving-sink-contract.js";
export { batchOf, describeSinkContract, recordsFrom, type SinkUnderTest } from "./sink-contract.js";
export {
	describePollSource,
	describePushSource,
	describeStreamSource,
	type PollSuite,
	type PushSuite,
	SECRET,
	type StreamSuite,
	sourceContext,
	testRuntime,
} from "./source-contract.js";
