import { resolve as resolvePath } from "node:path";
import { loadConfigFile } from "../config/load.js";
import { createNodeProbe } from "../runtime/node-probe.js";
import { checkDisks, checkOwnCertificates, checkRights } from "./doctor-machine.js";
import { checkNetwork } from "./doctor-network.js";
import { printFinding } from "./doctor-report.js";
import { checkStore, repair, repairLines } from "./doctor-store.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
/** Looks at everything that a hub needs, and says how to mend what is wrong. 4 when something is. */
export async function doctor(file, options, context) {
    const { terminal } = context;
    // What is wrong with secrets and folders is a finding of its own; the store can be looked at all the same.
    const config = await readHubConfig(file, context, { skipEnvironment: true });
    if (!config)
        return EXIT.config;
    const done = options.repair ? await repair(config, context) : undefined;
    const findings = [];
    const add = (more) => {
        findings.push(...more);
        if (!options.json)
            for (const finding of more)
                printFinding(finding, context);
    };
    if (!options.json && done)
        for (const line of repairLines(done))
            terminal.out(line);
    if (!options.json && options.repair && !done)
        terminal.out("The store is whole: there is nothing to repair.");
    const { found, whole } = await checkConfig(file, context);
    add(found);
    const probe = createNodeProbe();
    add(await checkRights(config, probe));
    add(await checkDisks(config, context));
    add(await checkStore(config, context));
    if (whole) {
        add(checkOwnCertificates(whole, probe, context.runtime.clock.now()));
        if (!options.offline)
            add(await checkNetwork(whole, probe, context));
    }
    else {
        const message = "Certificates and upstreams are not looked at while secrets or files are missing";
        add([{ check: "tls", of: file, verdict: "skipped", message }]);
    }
    const bad = findings.filter(({ verdict }) => verdict === "bad").length;
    const warnings = findings.filter(({ verdict }) => verdict === "warn").length;
    if (options.json) {
        terminal.out(JSON.stringify({ file, ok: bad === 0, findings, repair: done ?? null }));
    }
    else {
        const sentence = bad + warnings === 0
            ? "Nothing is wrong."
            : `${bad} to mend now${warnings > 0 ? `, ${warnings} to mend soon` : ""}.`;
        terminal.out(terminal.paint(bad > 0 ? "bad" : warnings > 0 ? "warn" : "good", sentence));
    }
    return bad === 0 ? EXIT.ok : EXIT.noGo;
}
/**
 * As `wayside check`, without downloads. What it finds of folders and secrets is about rights of this user. `whole`: the
 * configuration with all that it names, where all of it can be read.
 */
async function checkConfig(file, context) {
    const { runtime, plugins, terminal, workingDirectory } = context;
    const { findings, config } = await loadConfigFile(resolvePath(workingDirectory, file), {
        plugins,
        runtime,
        environment: terminal.environment,
    });
    const isUnread = findings.some(({ severity, tier }) => severity === "error" && tier === "environment");
    // The disk is looked at by a check of its own, with its numbers.
    const told = findings.filter(({ path }) => path !== "store.disk");
    const found = told.map(({ severity, tier, path, line, message, mend }) => {
        return {
            check: tier === "environment" ? "permissions" : "config",
            of: `${file}:${line} ${path}`,
            verdict: severity === "error" ? "bad" : "warn",
            message,
            mend,
        };
    });
    for (const [check, message] of [
        ["config", "It is well formed, and its parts fit together"],
        ["permissions", "Its files and secrets can be read, and its folders written, by this user"],
    ]) {
        if (!found.some((one) => one.check === check))
            found.push({ check, of: file, verdict: "good", message });
    }
    return { found, whole: isUnread ? undefined : config };
}
