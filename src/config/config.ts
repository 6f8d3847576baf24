import type { ChannelDefinition } from "../channels/channel.js";
import type { DecoderDefinition } from "../decoders/decoder.js";
import type { AlertPolicy } from "../model/alert-policy.js";
import type { Kind } from "../model/observation.js";
import type { SloTargets } from "../model/slo.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { GuardsConfig } from "../quality/guards/guard.js";
import type { HealConfig } from "../quality/healing/feed-healer.js";
import type { Network } from "../runtime/http.js";
import type { IdRules, RulesReading } from "../schedule/id-rules.js";
import type { RulesSource } from "../schedule/rules-keeper.js";
import type { SinkDefinition } from "../sinks/sink.js";
import type { SourceDefinition } from "../sources/source.js";
import type { OpenLineageConfig, TracesConfig } from "./telemetry.js";

export type { OpenLineageConfig, TracesConfig } from "./telemetry.js";

/**
 * What a hub is made of, resolved: every name is looked up, every default filled in, every quantity a number in its
 * unit, every secret read. Plain objects, so that simulation and tests can write one by hand.
 */
export interface HubConfig {
	/** The folder of the configuration file; relative paths in plug-in options start here. */
	readonly baseDirectory: string;
	readonly agencies: readonly AgencyConfig[];
	readonly feeds: readonly FeedConfig[];
	readonly quotas: readonly QuotaConfig[];
	readonly sinks: readonly SinkConfig[];
	readonly routes: readonly RouteConfig[];
	readonly store: StoreConfig;
	readonly http: HttpConfig;
	readonly intake: IntakeConfig;
	/** How requests leave that no upstream or sink sends. Absent: as the machine has it. */
	readonly network?: Network | undefined;
	/** What the hub promises of itself. Undefined: `SLO_DEFAULT`. */
	readonly slo: SloTargets | undefined;
	/** Where spans go. Absent: nothing is traced. */
	readonly traces?: TracesConfig | undefined;
	/** Where events of OpenLineage go. Absent: none are made. */
	readonly openLineage?: OpenLineageConfig | undefined;
	/** Who is told of what. Absent: alerts are events, and stand on the status page. */
	readonly alerts?: AlertsConfig | undefined;
}

export interface AgencyConfig {
	readonly name: string;
	/** IANA name. */
	readonly timezone: string;
	/** Where vehicles can be, in WGS84 degrees. */
	readonly area: Area | undefined;
	readonly gtfs: GtfsConfig | undefined;
	readonly ids: IdsConfig | undefined;
}

/** Where the schedule of an agency is. */
export interface GtfsConfig {
	/** Absolute path of a zip or a folder, or an http or https URL. */
	readonly location: string;
	/** How often it is looked at. */
	readonly everyMs: DurationMs;
}

/** How upstream's ids become those of the schedule. */
export interface IdsConfig {
	/** Absolute paths of the files that the rules were read from: the one that states them, and crosswalks. */
	readonly files: readonly string[];
	readonly rules: IdRules;
	/** What the configuration itself says: the rules, or the path of their file. Unlike the files it is read at a start only. */
	readonly stated: unknown;
	/** To take up what changes in the files. Absent: the rules stay as they are. */
	readonly source?: RulesSource | undefined;
	/** Why the files as they are cannot be used; then `rules` are those that a hub read before. */
	readonly refused?: RulesReading["problems"] | undefined;
}

export interface Area {
	readonly west: number;
	readonly south: number;
	readonly east: number;
	readonly north: number;
}

export interface FeedConfig {
	readonly name: string;
	readonly agency: AgencyConfig;
	/** Ordered: the first healthy one is used. At least one. */
	readonly upstreams: readonly UpstreamConfig[];
	readonly privacy: PrivacyConfig;
	/** How many complete messages in a row must lack a key before it is removed. 0: never. */
	readonly removeAfter: number;
	/** Checks of what reports mean. Absent: all of them, with their defaults. */
	readonly guards?: GuardsConfig | undefined;
	/** What becomes of payloads that upstream changes without notice. Absent: repairs are proposed. */
	readonly heal?: HealConfig | undefined;
}

export interface DeprecationConfig {
	/** Midnight before the day on which it ends, by upstream's zone. */
	readonly time: EpochMs;
	readonly what: string;
	readonly url: string | undefined;
	/** Days ahead of it at which it is told, the longest first. */
	readonly remindDays: readonly number[];
}

export interface ContractUse {
	/** Absolute. */
	readonly path: string;
	/** What the file holds, once it was read and is a contract; a hub without the file's content checks nothing. */
	readonly document: Readonly<Record<string, unknown>> | undefined;
}

/** Another way to read the same frames, on trial. */
export interface CandidateConfig {
	readonly decoder: PluginChoice<DecoderDefinition>;
	/** Absent: the upstream's own. */
	readonly contract: ContractUse | undefined;
	/** From which time on it reads which share of the vehicles, in order. None: it only reads along. */
	readonly steps: readonly { readonly fromTime: EpochMs; readonly share: number }[];
	/** Share of the records, 0 to 1, by which it may do worse than the present reading before it is rolled back. */
	readonly worseMax: number;
}

export interface UpstreamConfig {
	/** Its number in the feed, from 0. */
	readonly index: number;
	readonly source: PluginChoice<SourceDefinition>;
	readonly decoder: PluginChoice<DecoderDefinition>;
	/** IANA name for local times in the payload. Default: the agency's. */
	readonly timezone: string;
	readonly history: HistoryConfig;
	readonly budget: BudgetConfig;
	/** How its requests leave. Absent: as the machine has it. */
	readonly network?: Network | undefined;
	/** What its owner has announced to end. */
	readonly deprecations?: readonly DeprecationConfig[] | undefined;
	/** What payloads are checked against. Absent: nothing. */
	readonly contract?: ContractUse | undefined;
	/** What may take the place of its decoder or contract. Absent: nothing. */
	readonly candidate?: CandidateConfig | undefined;
	/** Values by name. Never logged, never in a status. */
	readonly secrets: Readonly<Record<string, string>>;
}

/** A plug-in with its options as its own schema parsed them (defaults filled in). */
export interface PluginChoice<Definition> {
	readonly definition: Definition;
	readonly options: unknown;
}

/** What upstream keeps: a window (what is not read in time is purged), or only the present (a missed sweep is a gap). */
export type HistoryConfig =
	| { readonly kind: "none" }
	| { readonly kind: "window"; readonly windowMs: DurationMs };

/** What upstream may be burdened with. Absent: no limit of that sort. */
export interface BudgetConfig {
	readonly requests: Rate | undefined;
	/** Bytes over the wire. */
	readonly bytes: Rate | undefined;
	/** Requests per long window, such as a vendor's daily quota. */
	readonly quota: Rate | undefined;
	/** Name of the quota that it shares with others. At most one of the two is there. */
	readonly sharedQuota?: string | undefined;
}

/** Requests that upstream counts per day, for everybody who uses its key. */
export interface QuotaConfig {
	readonly name: string;
	readonly limit: number;
	/** IANA name: it starts anew at midnight there. */
	readonly timezone: string;
	/** Share of the limit that is kept for the last two hours of the day. */
	readonly reserveShare: number;
}

/** So many (requests, bytes) in so long. */
export interface Rate {
	readonly count: number;
	readonly perMs: DurationMs;
}

/** What becomes of fields that name a person. */
export interface PrivacyConfig {
	readonly operatorId: "drop" | "hash";
	readonly runId: "keep" | "drop" | "hash";
	/** For `hash`: the key of the HMAC. Present whenever one of the two is `hash`. */
	readonly hashKey: string | undefined;
}

export interface SinkConfig {
	readonly name: string;
	/** How its requests leave. Absent: as the machine has it. */
	readonly network?: Network | undefined;
	readonly definition: SinkDefinition;
	readonly options: unknown;
	readonly secrets: Readonly<Record<string, string>>;
}

/** `latest`: the newest record per key, decay beats retry. `every`: all of it, in order per key. */
export type RouteMode = "latest" | "every";

export interface RouteConfig {
	/** Feed name. */
	readonly from: string;
	/** Undefined: every kind. */
	readonly kinds: readonly Kind[] | undefined;
	/** Sink names. At least one. */
	readonly to: readonly string[];
	readonly mode: RouteMode;
	/** `latest`: what is older (by event time) is superseded instead of delivered. Undefined: no limit. */
	readonly maxAgeMs: DurationMs | undefined;
	/** `marked`: a repaired record is delivered late and flagged. `strict`: its key waits for it. */
	readonly order: "marked" | "strict";
	/** `every`: how long a record waits for older ones of its key. Undefined with `latest`, unless one was written. */
	readonly reorderMs: DurationMs | undefined;
	/** It stands in the configuration, and is no default. */
	readonly isReorderStated?: boolean;
}

export interface StoreConfig {
	/** Absolute path. */
	readonly directory: string;
	readonly durability: "sync" | "os";
	readonly partitions: number;
	/** When intake stops for a full disk, and goes on. Shares are 0 to 1. Absent: below 256 MiB. */
	readonly disk?: { readonly usedMax: number; readonly usedResume: number; readonly freeBytesMin: number };
	readonly frames: KeepConfig;
	/** Holds for receipts too: they say what became of the items that are not records. */
	readonly records: KeepConfig;
	readonly deadLetters: KeepConfig;
	readonly ledger: { readonly keepMs: DurationMs };
}

/** What may be kept: by age and by bytes, whichever is reached first. */
export interface KeepConfig {
	readonly maxAgeMs: DurationMs;
	readonly maxBytes: number;
}

export interface HttpConfig {
	readonly public: ListenerConfig;
	readonly admin: ListenerConfig & { readonly token: string | undefined };
	/** How others reach the public listener, without a slash at the end. Absent: by its own address. */
	readonly publicUrl?: string | undefined;
	/** Under which path everything public lies, such as `/wayside`. Absent: `/`. */
	readonly basePath?: string | undefined;
	/** Addresses and networks of proxies whose X-Forwarded-For is believed. Absent: nobody's. */
	readonly trustProxy?: readonly string[] | undefined;
}

export interface ListenerConfig {
	readonly host: string;
	/** 0: any free port. */
	readonly port: number;
	/** Absent: plain http. */
	readonly tls?: TlsConfig | undefined;
}

/** A certificate as it is served, and where to look for a renewed one. */
export interface TlsConfig {
	readonly certificateFile: string;
	/** Undefined: the key came from the environment, and stays. */
	readonly keyFile: string | undefined;
	/** PEM, with what lies between it and its authority. */
	readonly certificate: string;
	/** PEM. */
	readonly key: string;
}

export interface IntakeConfig {
	/** A record whose time lies further ahead of its receipt is kept, flagged and withheld from riders. */
	readonly futureSkewMs: DurationMs;
	readonly dedupe: { readonly maxAgeMs: DurationMs; readonly maxKeys: number };
	/** A frame above this is a dead letter before it is decoded. */
	readonly frameMaxBytes: number;
}

/** What a hub tells people, resolved: the policy, the channels that it names, and where a sign of life goes. */
export interface AlertsConfig extends AlertPolicy {
	readonly channels: readonly ChannelConfig[];
	readonly heartbeat: HeartbeatConfig | undefined;
	/** Days on which service is as on a Sunday, `YYYY-MM-DD`: for agencies without a schedule. */
	readonly holidays: readonly string[];
}

export interface ChannelConfig {
	readonly name: string;
	readonly network?: Network | undefined;
	readonly definition: ChannelDefinition;
	readonly options: unknown;
	readonly secrets: Readonly<Record<string, string>>;
}

export interface HeartbeatConfig {
	readonly url: string;
	readonly everyMs: DurationMs;
	readonly allowPrivateAddresses: boolean;
}
