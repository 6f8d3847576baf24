import { dirname, resolve as resolvePath } from "node:path";
import { messageOf } from "../model/failure.js";
import { readContracts } from "./contract-file.js";
import { checkEnvironment, readSecrets, UNREAD_SECRET } from "./environment.js";
import { sortFindings } from "./findings.js";
import { readIds } from "./ids.js";
import { resolveDocument } from "./resolve.js";
import { checkSchedules } from "./schedule-check.js";
import { checkTopology } from "./topology.js";
import { YamlSource } from "./yaml-source.js";
/** Reads and checks a configuration file. Never throws for what is in the file or missing around it. */
export async function loadConfigFile(path, options) {
    let text;
    try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(await options.runtime.files.read(path));
    }
    catch (thrown) {
        const finding = {
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
export async function loadConfig(text, baseDirectory, options) {
    const { environment, runtime } = options;
    const variablesMayBeMissing = options.skipEnvironment ?? false;
    const source = new YamlSource(text, { environment, variablesMayBeMissing });
    const resolved = resolveDocument(source, options.plugins, baseDirectory);
    const findings = [...resolved.findings];
    const reaches = [];
    const { config } = resolved;
    if (config) {
        if (options.skipEnvironment) {
            for (const { give } of resolved.secrets)
                give(UNREAD_SECRET);
        }
        else {
            const isRead = ({ path }) => options.secretsOf !== "http" || path[0] === "http";
            for (const { give } of resolved.secrets.filter((use) => !isRead(use)))
                give(UNREAD_SECRET);
            const read = resolved.secrets.filter(isRead);
            findings.push(...(await readSecrets(read, source, runtime.files, environment)));
            findings.push(...(await readIds(resolved.ids, config.store.directory, source, runtime.files, environment)));
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
