/**
 * Wayside as a library: the same hub that `wayside run` starts, its configuration, and the interfaces of plug-ins.
 * The resilience core stands by itself in `wayside/resilience`; a world for tests and the
 * contract suites of plug-ins are in `wayside/testing`.
 */
export { BUILTINS } from "./config/builtins.js";
export type {
	AgencyConfig,
	Area,
	BudgetConfig,
	FeedConfig,
	GtfsConfig,
	HistoryConfig,
	HttpConfig,
	HubConfig,
	IdsConfig,
	IntakeConfig,
	KeepConfig,
	ListenerConfig,
	PluginChoice,
	PrivacyConfig,
	Rate,
	RouteConfig,
	RouteMode,
	SinkConfig,
	StoreConfig,
	UpstreamConfig,
} from "./config/config.js";
export { type Finding, formatFinding, type Tier } from "./config/findings.js";
export { configJsonSchema } from "./config/json-schema.js";
export { type Loaded, type LoadOptions, loadConfig, loadConfigFile } from "./config/load.js";
export type { PluginSet } from "./config/resolve.js";
export type {
	DecodedFrame,
	Decoder,
	DecoderContext,
	DecoderDefinition,
	DecoderInput,
	Rejection,
} from "./decoders/decoder.js";
export { type Gateway, type GatewayOptions, openGateway } from "./gateway/gateway.js";
export type { HubView } from "./gateway/hub-view.js";
export { createHub, type Hub, type HubEvent, type HubParts } from "./hub.js";
export type { Log } from "./log/log.js";
export { createMemoryLog, type MemoryLogOptions } from "./log/memory-log.js";
export type { ScheduleStore, ScheduleVersion } from "./log/schedules.js";
export {
	FAILURE_KINDS,
	Failure,
	type FailureCode,
	type FailureKind,
	type FailureOptions,
	kindOf,
} from "./model/failure.js";
export type {
	Assignment,
	Flag,
	Kind,
	Observation,
	ServiceAlert,
	StopVisit,
	TripUpdate,
	VehicleLocation,
} from "./model/observation.js";
export { type FrameOrigin, recordId, type TransitRecord } from "./model/record.js";
export type { FeedStatus, HubStatus, LedgerStatus, SinkStatus, StoreStatus } from "./operations/status.js";
export { type Endpoint, type EndpointRequest, type EndpointResponse, problem } from "./runtime/endpoint.js";
export { createNodeRuntime, type NodeRuntime, type NodeRuntimeOptions } from "./runtime/node-runtime.js";
export type { Cancel, Chance, Clock, Runtime } from "./runtime/runtime.js";
export type {
	Batch,
	Delivery,
	DeliverySink,
	ServingSink,
	Sink,
	SinkContext,
	SinkDefinition,
} from "./sinks/sink.js";
export type {
	FrameDraft,
	PollResult,
	PollSource,
	PushSource,
	Source,
	SourceContext,
	SourceDefinition,
	StreamItem,
	StreamSource,
} from "./sources/source.js";
export { createMemorySchedules } from "./stores/memory-schedules.js";
export { openSqliteSchedules, type SqliteSchedulesOptions } from "./stores/sqlite-schedules.js";
export { openSqliteLog, type SqliteLogOptions } from "./stores/sqlite-store.js";
