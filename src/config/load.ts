import { dirname, resolve as resolvePath } from "node:path";
import { messageOf } from "../model/failure.js";
import type { Runtime } from "../runtime/runtime.js";
import type { HubConfig } from "./config.js";
import { readContracts } from "./contract-file.js";
import { checkEnvironment, readSecrets, UNREAD_SECRET } from "./environment.js";
import { type Finding, sortFindings } from "./findings.js";
import { readIds } from "./ids.js";
import type { Reach } from "./pace.js";
import { type PluginSet, resolveDocument } from "./resolve.js";
import { checkSchedules, type ScheduleAccess } from "./schedule-check.js";
import type { SecretUse } from "./secrets.js";
import { checkTopology } from "./topology.js";
import { YamlSource } from "./yaml-source.js";

export interface LoadOptions {
	readonly plugins: PluginSet;
	readonly runtime: Runtime;
	/** Values for `${NAME}` and `{ env: NAME }`. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Leave out the tiers that look at the parts together, or at this machine. */
	readonly skipTopology?: boolean;
	readonly skipEnvironment?: boolean;
	/**
	 * Whose secrets are read: all, or those of the hub's own listeners, for a command that only talks to a hub that runs.
	 * Default all.
	 */
	readonly secretsOf?: "all" | "http";
	/** Reads the schedules too, which takes a moment. For `check`; a hub reads them by itself. */
	readonly schedules?: ScheduleAccess;
}

export interface Loaded {
	/** Undefined when an error was found. */
	readonly config: HubConfig | undefined;
	readonly findings: readonly Finding[];
	/** What asking costs and how fresh reports can be, of each feed that has a plan or shares a quota. */
	readonly reaches: readonly Reach[];
}

/** Reads and checks a configuration file. Never throws for what is in the file or missing around it. */
export async function loadConfigFile(path: string, options: LoadOptions): Promise<Loaded> {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(await options.runtime.files.read(path));
	} catch (thrown) {
		const finding: Finding = {
			severity: "error",
			tier: "syntax",
			line: 1,
			column: 1,
			path: "(file)",
			message: `the configuration cannot be read: ${messageOf(thrown)}`,
			mend: "check the path; a new one is written with: wayside init",
		};
		return { config: undefined, findings: [finding], reaches: [] };
	}
	return loadConfig(text, dirname(resolvePath(path)), options);
}

/** The same for a text. Relative paths in it start at `baseDirectory`. */
export async function loadConfig(text: string, baseDirectory: string, options: LoadOptions): Promise<Loaded> {
	const { environment, runtime } = options;
	const variablesMayBeMissing = options.skipEnvironment ?? false;
	const source = new YamlSource(text, { environment, variablesMayBeMissing });
	const resolved = resolveDocument(source, options.plugins, baseDirectory);
	const findings: Finding[] = [...resolved.findings];
	const reaches: Reach[] = [];
	const { config } = resolved;
	if (config) {
		if (options.skipEnvironment) {
			for (const { give } of resolved.secrets) give(UNREAD_SECRET);
		} else {
			const isRead = ({ path }: SecretUse) => options.secretsOf !== "http" || path[0] === "http";
			for (const { give } of resolved.secrets.filter((use) => !isRead(use))) give(UNREAD_SECRET);
			const read = resolved.secrets.filter(isRead);
			findings.push(...(await readSecrets(read, source, runtime.files, environment)));
			findings.push(
				...(await readIds(resolved.ids, config.store.directory, source, runtime.files, environment)),
			);
			findings.push(...(await readContracts(config, source, runtime.files)));
			const ofMachine = await checkEnvironment(config, source, runtime.files);
			findings.push(...ofMachine.filter(({ path }) => !source.isUnknown(path)));
		}
		if (options.schedules && !options.skipEnvironment) {
			const ofSchedules = await checkSchedules(config, source, runtime, options.schedules);
			findings.push(...ofSchedules.filter(({ path }) => !source.isUnknown(path)));
		}
		if (!options.skipTopology) {
			const topology = checkTopology(config, source, runtime);
			findings.push(...topology.findings);
			reaches.push(...topology.reaches);
		}
	}
	const failed = findings.some((finding) => finding.severity === "error");
	return { config: failed ? undefined : config, findings: sortFindings(findings), reaches };
}
