import { PROFILE_NAMES } from "../simulation/city-profile.js";
import { FORMAT_CHANGES } from "../simulation/gateway-changes.js";
import { SPEECHES } from "../simulation/gateway-speeches.js";
import { collect } from "./new-command.js";
/** What nobody needs an agency for. */
export function addSimulationCommands(command, context, done) {
    command("simulate", "Run whole hubs in virtual time against a hostile world, one for each seed.", "wayside simulate --seeds 20")
        .option("--seeds <count>", "how many seeds", "20")
        .option("--first <seed>", "the first of them", "1")
        .option("--seed <seed>", "only this one; or several, such as 13,36,1051")
        .option("--known", "the seeds that once found something")
        .option("--jobs <count>", "how many at once (default: one per core)")
        .option("--long", "one seed, and a day of an agency with 200 vehicles: takes about a minute")
        .option("--trace", "with --seed: print all that happens in it")
        .option("--json", "print one JSON object; with --trace, one per line")
        .option("--serve", "run only the simulated agency, over HTTP, until Ctrl-C")
        .option("--port <port>", "with --serve: listen here; 0 takes any free port", "8090")
        .option("--vehicles <count>", "with --serve: how many vehicles", "80")
        .option("--calm", "with --serve: nothing ever fails")
        .option("--profile <name>", `with --serve: drive and report as vehicles of ${PROFILE_NAMES.join(", ")}`)
        .option("--format <name>", `with --serve: speak only ${SPEECHES.join(", ")}`)
        .option("--change <kind@minutes>", `with --serve: change what is sent so long after the start, such as new-field@5 or new-field@5:40% of the vehicles; may be repeated; kinds: ${FORMAT_CHANGES.join(", ")}`, collect, [])
        .option("--bandwidth <rate>", "with --serve: a thin line that breaks when more is asked for, such as 16KiB/s")
        .option("--speed <factor>", "with --serve: time passes so many times faster", "1")
        .option("--print-config", "print the configuration of a hub that reads what --serve serves, and end")
        .action(async (options) => {
        const { serve, printConfig } = options;
        if (!serve && !printConfig)
            return done(await (await import("./simulate.js")).simulate(options, context));
        done(await (await import("./simulate-serve.js")).simulateServe(options, context));
    });
    command("drill", "Rehearse an outage against your own configuration, in virtual time, and grade it.", "wayside drill outage-40-minutes --config wayside.yaml")
        .argument("<name>", "the drill; ls lists them, all runs every one")
        .option("--config <file>", "the configuration to rehearse (default: the demo's)")
        .option("--json", "print one JSON object")
        .action(async (name, options) => done(await (await import("./drill.js")).drill(name, options, context)));
}
