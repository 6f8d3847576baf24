/**
 * Wayside as a library: the same hub that `wayside run` starts, its configuration, and the interfaces of plug-ins.
 * The resilience core stands by itself in `wayside/resilience`; a world for tests and the
 * contract suites of plug-ins are in `wayside/testing`.
 */
export { BUILTINS } from "./config/builtins.js";
export { formatFinding } from "./config/findings.js";
export { configJsonSchema } from "./config/json-schema.js";
export { loadConfig, loadConfigFile } from "./config/load.js";
export { openGateway } from "./gateway/gateway.js";
export { createHub } from "./hub.js";
export { createMemoryLog } from "./log/memory-log.js";
export { FAILURE_KINDS, Failure, kindOf, } from "./model/failure.js";
export { recordId } from "./model/record.js";
export { problem } from "./runtime/endpoint.js";
export { createNodeRuntime } from "./runtime/node-runtime.js";
export { createMemorySchedules } from "./stores/memory-schedules.js";
export { openSqliteSchedules } from "./stores/sqlite-schedules.js";
export { openSqliteLog } from "./stores/sqlite-store.js";
