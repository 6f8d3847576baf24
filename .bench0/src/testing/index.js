/**
 * What the tests of an integration need: a world in which time moves only when it is told to, and the contract suites that
 * every source, decoder, sink and log passes. It loads vitest and fast-check, the optional peers of the package; the world
 * alone, for other test runners, is `wayside/testing/virtual-runtime`. How to use it: docs/testing.md.
 */
export { createSeededChance, createVirtualRuntime, } from "../simulation/virtual-runtime.js";
export { alertMessage, describeChannelContract, } from "./channel-contract.js";
export { expectValid } from "./decoded-frame.js";
export { describeDecoder } from "./decoder-contract.js";
export { describeLiveSource } from "./live-source-contract.js";
export { describeLogContract } from "./log-contract.js";
export { sampleRecord } from "./record-samples.js";
export { describeServingSinkContract } from "./serving-sink-contract.js";
export { batchOf, describeSinkContract, recordsFrom } from "./sink-contract.js";
export { describePollSource, describePushSource, describeStreamSource, SECRET, sourceContext, testRuntime, } from "./source-contract.js";
