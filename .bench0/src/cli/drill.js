import { basename, resolve as resolvePath } from "node:path";
import { formatFinding } from "../config/findings.js";
import { loadConfigFile } from "../config/load.js";
import { runDrill, SCENARIOS, summaryOf, } from "../simulation/drills/index.js";
import { DEMO_CONFIG } from "./demo.js";
import { EXIT } from "./exit-codes.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
/** In a drill nobody answers at this address but its own simulated agency. */
const DEMO_GATEWAY = "http://gateway.test";
const TONES = { exceeds: "good", meets: "good", below: "bad" };
/** `ls` lists the drills, `all` runs them, a name runs one. 4 when one is graded below, 78 when none could be run. */
export async function drill(name, options, context) {
    if (name === "ls")
        return listDrills(options, context);
    const names = SCENARIOS.map((scenario) => scenario.name);
    const chosen = SCENARIOS.filter((scenario) => name === "all" || scenario.name === name);
    if (chosen.length === 0)
        throw new UsageError(`there is no drill "${name}"; valid are ${names.join(", ")}, all and ls`);
    const shown = options.config ?? "examples/demo.yaml";
    const config = await configOf(options, context);
    if (config === undefined)
        return EXIT.config;
    const { cards, skipped } = await runAll(config, chosen, context);
    const isAll = name === "all";
    const [only] = cards;
    if (options.json) {
        const { terminal } = context;
        if (isAll)
            terminal.out(JSON.stringify({ ...summaryOf(cards), skipped, scorecards: cards }));
        else if (only !== undefined)
            terminal.out(JSON.stringify(only));
    }
    else
        for (const card of cards)
            printCard(card, context);
    for (const { name: drillName, unusable } of skipped)
        for (const { path, why } of unusable)
            context.terminal.err(`wayside: ${shown}: ${path} cannot be used in ${drillName}: ${why}`);
    if (cards.length === 0)
        return EXIT.config;
    if (isAll && !options.json)
        printSummary(cards, context);
    return cards.some(({ grade }) => grade === "below") ? EXIT.noGo : EXIT.ok;
}
function listDrills({ json }, { terminal }) {
    if (json)
        terminal.out(JSON.stringify(SCENARIOS.map(({ name, what }) => ({ name, what }))));
    else
        for (const line of columns(SCENARIOS.map(({ name, what }) => [name, what])))
            terminal.out(line);
    return EXIT.ok;
}
async function runAll(config, chosen, { terminal, runtime }) {
    const progress = terminal.progress(runtime.clock);
    const cards = [];
    const skipped = [];
    for (const [at, scenario] of chosen.entries()) {
        const result = await runDrill(config, scenario, (share) => progress.show(`${scenario.name} (${at + 1} of ${chosen.length}): ${Math.round(share * 100)} %`));
        if ("grade" in result)
            cards.push(result);
        else
            skipped.push({ name: scenario.name, unusable: result });
    }
    progress.end();
    return { cards, skipped };
}
/** As `run` reads it, but no secret and no other file of the machine: a drill needs none of them. */
async function configOf({ config: file }, { runtime, terminal, plugins, workingDirectory }) {
    const path = file === undefined ? DEMO_CONFIG : resolvePath(workingDirectory, file);
    const { config, findings } = await loadConfigFile(path, {
        plugins,
        runtime,
        environment: { WAYSIDE_DEMO_GATEWAY: DEMO_GATEWAY, ...terminal.environment },
        skipEnvironment: true,
    });
    // A variable that is not set leaves an address that is none: then it is known what the drill would have asked for.
    for (const finding of findings)
        if (finding.severity === "error" || config === undefined)
            terminal.err(formatFinding(file ?? basename(path), finding));
    if (config === undefined)
        terminal.err("wayside: no drill was run: the configuration does not pass the check.");
    return config;
}
function printCard({ name, what, grade, scores }, { terminal }) {
    terminal.out(`${terminal.paint("strong", name)}: ${terminal.paint(TONES[grade], grade)}`);
    terminal.out(`  ${what}`);
    const rows = scores.map((score) => [score.measure, score.value, score.grade ?? "-", score.reason]);
    for (const line of columns(rows))
        terminal.out(`  ${line}`);
    terminal.out("");
}
function printSummary(cards, { terminal }) {
    const { drills, exceeds, meets, below } = summaryOf(cards);
    const worst = below.length === 0 ? "none below" : `below: ${below.join(", ")}`;
    const text = `${drills} drills: ${exceeds} exceed, ${meets} meet, ${worst}`;
    terminal.out(terminal.paint(below.length === 0 ? "good" : "bad", text));
}
