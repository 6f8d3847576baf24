import { isAbsolute, resolve as resolvePath } from "node:path";
import type { z } from "zod";
import type { ChannelDefinition } from "../channels/channel.js";
import type { DecoderDefinition } from "../decoders/decoder.js";
import { type IdRules, NO_RULES } from "../schedule/id-rules.js";
import type { SinkDefinition } from "../sinks/sink.js";
import type { SourceDefinition } from "../sources/source.js";
import { resolveAlerts } from "./alerts.js";
import { resolveCandidate } from "./candidate.js";
import type {
	AgencyConfig,
	FeedConfig,
	HubConfig,
	IdsConfig,
	PrivacyConfig,
	Rate,
	RouteConfig,
	SinkConfig,
	UpstreamConfig,
} from "./config.js";
import { resolveDeprecations } from "./deprecations.js";
import { type ConfigDocument, documentSchema } from "./document.js";
import { type DocumentPath, type Finding, suggest } from "./findings.js";
import { resolveGtfs } from "./gtfs.js";
import { resolveGuards } from "./guards.js";
import { resolveHeal } from "./heal.js";
import type { IdsOption, IdsUse } from "./ids.js";
import { findingsOf } from "./issues.js";
import { networkBlock, resolveListener, resolveNetwork } from "./network.js";
import { resolveQuotas } from "./quotas.js";
import { type SecretUse, secretOption } from "./secrets.js";
import { resolveSlo } from "./slo.js";
import { resolveStore } from "./store.js";
import { resolveTelemetry } from "./telemetry.js";
import type { YamlSource } from "./yaml-source.js";

/**
 * Long enough for what is sent again, or over a second connection, to find its place; short enough that a partner who
 * gets every record still gets it within the time between two reports of a vehicle.
 */
const REORDER_DEFAULT_MS = 5000;

/** The plug-ins that a configuration may name. */
export interface PluginSet {
	readonly sources: readonly SourceDefinition[];
	readonly decoders: readonly DecoderDefinition[];
	readonly sinks: readonly SinkDefinition[];
	/** Absent: none, so that nobody can be told. */
	readonly channels?: readonly ChannelDefinition[];
}

/** A block of the document that names a plug-in. */
interface PluginBlock {
	readonly type: string;
	readonly [option: string]: unknown;
}

export interface Resolved {
	/** Undefined when an error keeps it from being built. */
	readonly config: HubConfig | undefined;
	/** Secrets that are still to be read; the configuration is complete once each has been given. */
	readonly secrets: readonly SecretUse[];
	/** Rules for ids that are still to be read, likewise. */
	readonly ids: readonly IdsUse[];
	readonly findings: readonly Finding[];
}

/** From the text to a resolved configuration: the syntax tier, names included. */
export function resolveDocument(source: YamlSource, plugins: PluginSet, baseDirectory: string): Resolved {
	// A variable that is not set keeps one value from being known; everything else is checked in the same run.
	if (source.value === undefined && source.findings.length > 0)
		return { config: undefined, secrets: [], ids: [], findings: source.findings };
	if (source.value === null || source.value === undefined) {
		const mend = "write one with: wayside init";
		const empty = source.finding("error", "syntax", [], "the file is empty", mend);
		return { config: undefined, secrets: [], ids: [], findings: [empty] };
	}
	const parsed = documentSchema.safeParse(source.value);
	if (!parsed.success) {
		const findings = findingsOf(source, documentSchema, [], source.value, parsed.error.issues);
		// Plug-in blocks that can be read are checked as well, so that one run shows as much as possible.
		const more = new Resolver(source, plugins, baseDirectory).looseBlocks(source.value);
		return { config: undefined, secrets: [], ids: [], findings: [...source.findings, ...findings, ...more] };
	}
	return new Resolver(source, plugins, baseDirectory).resolve(parsed.data);
}

class Resolver {
	readonly #source: YamlSource;
	readonly #plugins: PluginSet;
	readonly #baseDirectory: string;
	readonly #findings: Finding[] = [];
	readonly #secrets: SecretUse[] = [];
	readonly #ids: IdsUse[] = [];
	#network: ConfigDocument["network"];
	/** Something could not be resolved, whether or not that is worth a finding. */
	#missing = false;

	constructor(source: YamlSource, plugins: PluginSet, baseDirectory: string) {
		this.#source = source;
		this.#plugins = plugins;
		this.#baseDirectory = baseDirectory;
	}

	resolve(document: ConfigDocument): Resolved {
		this.#network = document.network;
		const agencies = Object.entries(document.agencies).map(([name, agency]): AgencyConfig => {
			const [west, south, east, north] = agency.area ?? [];
			const area =
				west === undefined || south === undefined || east === undefined || north === undefined
					? undefined
					: { west, south, east, north };
			const { timezone } = agency;
			return {
				name,
				timezone,
				area,
				gtfs: resolveGtfs(agency.gtfs, (path) => this.#path(path) as string),
				ids: this.#idsOf(name, agency.ids),
			};
		});
		const feeds = Object.entries(document.feeds).flatMap(([name, feed]) =>
			this.#feed(name, feed, agencies, Object.keys(document.quotas)),
		);
		const sinks = Object.entries(document.sinks).flatMap(([name, block]) => this.#sinkOf(name, block));
		const config: HubConfig = {
			baseDirectory: this.#baseDirectory,
			agencies,
			feeds,
			quotas: resolveQuotas(document.quotas, feeds, (...finding) => this.#add("topology", ...finding)),
			sinks,
			routes: document.routes.map((route): RouteConfig => {
				const { maxAge, to, kinds, reorder, ...rest } = route;
				const reorderMs = reorder ?? (rest.mode === "every" ? REORDER_DEFAULT_MS : undefined);
				const stated = reorder !== undefined && { isReorderStated: true };
				const sinkNames = typeof to === "string" ? [to] : to;
				return { ...rest, kinds, to: sinkNames, maxAgeMs: maxAge, reorderMs, ...stated };
			}),
			store: resolveStore(document.store, this.#path(document.store.directory) as string),
			http: this.#http(document.http),
			network: this.#networkOf(undefined, []),
			intake: {
				futureSkewMs: document.intake.futureSkew,
				dedupe: { maxAgeMs: document.intake.dedupe.maxAge, maxKeys: document.intake.dedupe.maxKeys },
				frameMaxBytes: document.intake.frameMaxBytes,
			},
			alerts: document.alerts && this.#alerts(document.alerts, agencies, Object.keys(document.feeds)),
			slo: resolveSlo(document.slo),
			...resolveTelemetry(document.telemetry, (...use) => this.#secret(...use)),
		};
		const failed = this.#findings.some((finding) => finding.severity === "error");
		const findings = [...this.#source.findings, ...this.#findings];
		return {
			config: failed || this.#missing ? undefined : config,
			secrets: this.#secrets,
			ids: this.#ids,
			findings,
		};
	}

	/** Findings of the plug-in blocks of a document that as a whole is not valid. */
	looseBlocks(value: unknown): Finding[] {
		const feeds = entriesOf(property(value, "feeds"));
		for (const [name, feed] of feeds) {
			const upstreams = property(feed, "upstreams");
			if (!Array.isArray(upstreams)) continue;
			upstreams.forEach((upstream: unknown, i) => {
				const at = ["feeds", name, "upstreams", i];
				const source = property(upstream, "source");
				if (typeof property(source, "type") === "string")
					this.#sourceOf(source as { type: string }, [...at, "source"]);
				const decoder = property(upstream, "decoder");
				if (typeof decoder === "string" || typeof property(decoder, "type") === "string")
					this.#decoderOf(decoder as string | { type: string }, [...at, "decoder"]);
			});
		}
		for (const [name, sink] of entriesOf(property(value, "sinks"))) {
			if (typeof property(sink, "type") === "string") this.#sinkOf(name, sink as { type: string });
		}
		return this.#findings;
	}

	#feed(
		name: string,
		feed: ConfigDocument["feeds"][string],
		agencies: readonly AgencyConfig[],
		quotas: readonly string[],
	): readonly FeedConfig[] {
		const path = ["feeds", name];
		const agency = agencies.find((candidate) => candidate.name === feed.agency);
		if (!agency) {
			const known = agencies.map((candidate) => candidate.name);
			const mend = suggest(feed.agency, known, "agency");
			this.#add("topology", [...path, "agency"], `there is no agency "${feed.agency}"`, mend);
		}
		const { operatorId, runId, key } = feed.privacy;
		const privacy: { -readonly [K in keyof PrivacyConfig]: PrivacyConfig[K] } = {
			operatorId,
			runId,
			hashKey: undefined,
		};
		if (key) {
			this.#secret([...path, "privacy", "key"], key, (value) => {
				privacy.hashKey = value;
			});
		} else if (operatorId === "hash" || runId === "hash") {
			this.#add(
				"syntax",
				[...path, "privacy"],
				`${operatorId === "hash" ? "operator" : "run"} ids are to be hashed, and there is no key for the hash`,
				"add key: { env: NAME } or { file: PATH } beside it; use 32 random bytes",
			);
		}
		const upstreams = feed.upstreams.flatMap((upstream, index): UpstreamConfig[] => {
			const at = [...path, "upstreams", index];
			const source = this.#sourceOf(upstream.source, [...at, "source"]);
			const decoder = this.#decoderOf(upstream.decoder, [...at, "decoder"]);
			if (!source || !decoder || !agency) return [];
			const { candidate: tried, timezone = agency.timezone } = upstream;
			const theirs =
				tried?.decoder === undefined
					? decoder
					: this.#decoderOf(tried.decoder, [...at, "candidate", "decoder"]);
			const secrets: Record<string, string> = source.secrets;
			for (const [secret, from] of Object.entries(upstream.secrets)) {
				this.#secret([...at, "secrets", secret], from, (value) => {
					secrets[secret] = value;
				});
			}
			const { history } = upstream.source;
			return [
				{
					index,
					source: source.choice,
					decoder,
					timezone,
					history: typeof history === "number" ? { kind: "window", windowMs: history } : { kind: "none" },
					budget: {
						requests: upstream.budget.requests,
						bytes: upstream.budget.bytes,
						...this.#quotaOf(upstream.budget.quota, quotas, [...at, "budget", "quota"]),
					},
					network: this.#networkOf(upstream.network, [...at, "network"]),
					deprecations: resolveDeprecations(upstream.deprecations, timezone),
					candidate: resolveCandidate(tried, theirs, timezone, (path) => this.#contractAt(path)),
					contract: upstream.contract === undefined ? undefined : this.#contractAt(upstream.contract),
					secrets,
				},
			];
		});
		const guards = resolveGuards(feed.guards);
		const heal = resolveHeal(feed.heal);
		return agency ? [{ name, agency, upstreams, privacy, removeAfter: feed.removeAfter, guards, heal }] : [];
	}

	#quotaOf(chosen: Rate | string | undefined, quotas: readonly string[], path: DocumentPath) {
		if (typeof chosen !== "string") return { quota: chosen };
		if (!quotas.includes(chosen)) {
			const mend = `${suggest(chosen, quotas, "quota")}; or write a rate such as 10000/day`;
			this.#add("topology", path, `there is no quota "${chosen}"`, mend);
		}
		return { quota: undefined, sharedQuota: chosen };
	}

	#sourceOf(block: PluginBlock, path: DocumentPath) {
		const { type, history: _, ...rest } = block;
		const { options, secrets } = this.#takeSecrets(rest, path);
		const definition = this.#pick(this.#plugins.sources, type, [...path, "type"], "source");
		if (!definition) return undefined;
		const parsed = this.#options(definition.options, options, path);
		return parsed && { choice: { definition, options: parsed.value }, secrets };
	}

	#decoderOf(block: string | PluginBlock, path: DocumentPath) {
		const { type, ...options } = typeof block === "string" ? { type: block } : block;
		const at = typeof block === "string" ? path : [...path, "type"];
		const definition = this.#pick(this.#plugins.decoders, type, at, "decoder");
		if (!definition) return undefined;
		const parsed = this.#options(definition.options, options, path);
		return parsed && { definition, options: parsed.value };
	}

	#sinkOf(name: string, block: PluginBlock): SinkConfig[] {
		const made = this.#made(["sinks", name], block, this.#plugins.sinks, "sink");
		return made ? [{ name, ...made }] : [];
	}

	/** A sink, or a channel: a plug-in with secrets and a network of its own. */
	#made<D extends { readonly type: string; readonly options: z.ZodType }>(
		path: DocumentPath,
		block: PluginBlock,
		known: readonly D[],
		kind: string,
	) {
		const { type, secrets: named, network, ...rest } = block;
		const { options, secrets } = this.#takeSecrets(rest, path);
		for (const [secret, from] of entriesOf(named)) {
			const parsed = secretOption.safeParse(from);
			if (!parsed.success) continue;
			this.#secret([...path, "secrets", secret], parsed.data, (value) => {
				secrets[secret] = value;
			});
		}
		const definition = this.#pick(known, type, [...path, "type"], kind);
		if (!definition) return undefined;
		const parsed = this.#options(definition.options, options, path);
		const own = networkBlock.safeParse(network).data;
		const used = this.#networkOf(own, [...path, "network"]);
		return parsed && { definition, options: parsed.value, network: used, secrets };
	}

	#alerts(
		block: NonNullable<ConfigDocument["alerts"]>,
		agencies: readonly AgencyConfig[],
		feeds: readonly string[],
	) {
		return resolveAlerts(block, {
			channelOf: (name, one) => {
				const made = this.#made(["alerts", "channels", name], one, this.#plugins.channels ?? [], "channel");
				return made && { name, ...made };
			},
			secret: (...use) => this.#secret(...use),
			add: (...finding) => this.#add("topology", ...finding),
			timezone: agencies[0]?.timezone,
			feeds,
		});
	}

	/** Options that are written as `{ env: NAME }` or `{ file: PATH }` are secrets under the option's name. */
	#takeSecrets(block: Readonly<Record<string, unknown>>, path: DocumentPath) {
		const options: Record<string, unknown> = {};
		const secrets: Record<string, string> = {};
		for (const [option, value] of Object.entries(block)) {
			const parsed = secretOption.safeParse(value);
			if (parsed.success) {
				this.#secret([...path, option], parsed.data, (text) => {
					secrets[option] = text;
				});
			} else options[option] = value;
		}
		return { options, secrets };
	}

	#secret(path: DocumentPath, from: SecretUse["from"], give: (value: string) => void): void {
		const file = from.file === undefined ? undefined : this.#path(from.file);
		this.#secrets.push({ path, from: { env: from.env, file }, give });
	}

	#pick<D extends { readonly type: string }>(
		known: readonly D[],
		type: string,
		path: DocumentPath,
		kind: string,
	): D | undefined {
		const definition = known.find((candidate) => candidate.type === type);
		if (!definition) {
			const names = known.map((candidate) => candidate.type);
			this.#add("syntax", path, `there is no ${kind} of type "${type}"`, suggest(type, names, kind));
		}
		return definition;
	}

	#options(schema: z.ZodType, options: unknown, path: DocumentPath): { readonly value: unknown } | undefined {
		const parsed = schema.safeParse(options);
		if (parsed.success) return { value: parsed.data };
		this.#findings.push(...findingsOf(this.#source, schema, path, options, parsed.error.issues));
		this.#missing = true;
		return undefined;
	}

	#networkOf(own: ConfigDocument["network"], at: DocumentPath) {
		const absolute = (path: string) => this.#path(path) as string;
		return resolveNetwork(own, at, this.#network, absolute, (use) => this.#secrets.push(use));
	}

	#http({ public: open, admin, ...rest }: ConfigDocument["http"]): HubConfig["http"] {
		const listenerOf = (listener: typeof open, name: string) =>
			resolveListener(
				listener,
				["http", name],
				(path) => this.#path(path) as string,
				(use) => this.#secrets.push(use),
			);
		const listener: HubConfig["http"]["admin"] & { token: string | undefined } = {
			...listenerOf(admin, "admin"),
			token: undefined,
		};
		if (admin.token) {
			this.#secret(["http", "admin", "token"], admin.token, (value) => {
				listener.token = value;
			});
		}
		const lacks = [...(admin.token ? [] : ["token"]), ...(admin.tls ? [] : ["tls"])];
		if (lacks.length > 0 && !isLoopback(admin.host)) {
			this.#add(
				"syntax",
				["http", "admin"],
				`the admin listener is bound to ${admin.host}, where others can reach it, and has no ${lacks.join(" and no ")}`,
				"add token: { env: NAME } and tls: { certificate: FILE, key: { file: FILE } } under http.admin, or bind it to 127.0.0.1",
			);
		}
		return { ...rest, public: listenerOf(open, "public"), admin: listener };
	}

	#contractAt(path: string) {
		return { path: this.#path(path) as string, document: undefined };
	}

	#path(path: string | undefined): string | undefined {
		if (path === undefined) return undefined;
		return isAbsolute(path) ? path : resolvePath(this.#baseDirectory, path);
	}

	#idsOf(agency: string, option: IdsOption | undefined): IdsConfig | undefined {
		if (option === undefined) return undefined;
		const ids: { files: readonly string[]; rules: IdRules; stated: unknown } = {
			files: [],
			rules: NO_RULES,
			stated: option,
		};
		const give = (read: IdsConfig) => {
			Object.assign(ids, read);
		};
		const path = ["agencies", agency, "ids"];
		this.#ids.push({ path, agency, option, baseDirectory: this.#baseDirectory, give });
		return ids;
	}

	#add(tier: "syntax" | "topology", path: DocumentPath, message: string, mend: string): void {
		this.#findings.push(this.#source.finding("error", tier, path, message, mend));
	}
}

function isLoopback(host: string): boolean {
	return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function property(value: unknown, name: string): unknown {
	return typeof value === "object" && value !== null && Object.hasOwn(value, name)
		? (value as Record<string, unknown>)[name]
		: undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
