import { Command, CommanderError } from "commander";
import { Failure, messageOf } from "../model/failure.js";
import { addAlertCommands } from "./alert-commands.js";
import { addContractCommands } from "./contract-commands.js";
import { addDeadLetterCommands, addRedecodeCommand } from "./dead-letter-commands.js";
import { EXIT } from "./exit-codes.js";
import { addHealCommands } from "./heal-commands.js";
import { addIncidentCommands } from "./incident-commands.js";
import { addInferenceCommands } from "./inference-commands.js";
import { collect, verbsOf } from "./new-command.js";
import { addShadowCommands } from "./shadow-commands.js";
import { addSimulationCommands } from "./simulation-commands.js";
import { UsageError } from "./usage-error.js";
/** Runs one command and answers with its exit code. Never throws. */
export async function runCli(words, context) {
    let code = EXIT.ok;
    const program = createProgram(context, (result) => {
        code = result;
    });
    try {
        await program.parseAsync([...words], { from: "user" });
        return code;
    }
    catch (thrown) {
        if (thrown instanceof CommanderError)
            return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
        context.terminal.err(`wayside: ${messageOf(thrown)}`);
        if (thrown instanceof UsageError)
            return EXIT.usage;
        if (thrown instanceof Failure)
            return thrown.code === "config.invalid" ? EXIT.config : EXIT.failure;
        // Not one of ours: a fault of the program, of which the place matters.
        if (thrown instanceof Error && context.terminal.environment["WAYSIDE_DEBUG"])
            context.terminal.err(`${thrown.stack}`);
        return EXIT.failure;
    }
}
/** Each verb is loaded when it is called, so that `--help` and `check` do not wait for the store. */
export function createProgram(context, done) {
    const { terminal } = context;
    const program = new Command("wayside")
        .description("Bridges intermittent vehicle telemetry to rider information and scheduling; loses nothing on the way.")
        .version(context.version)
        .helpCommand(false)
        .showHelpAfterError("(wayside --help lists the commands)")
        .configureOutput({
        writeOut: (text) => terminal.out(text.trimEnd()),
        writeErr: (text) => terminal.err(text.trimEnd()),
    })
        .exitOverride();
    const command = (usage, summary, example) => program
        .command(usage)
        .description(summary)
        .addHelpText("after", `\nExample:\n  ${example}`)
        .copyInheritedSettings(program);
    addHubCommands(command, context, done);
    addStatusCommands(command, context, done);
    addStoreCommands(command, context, done);
    addReloadCommand(command, context, done);
    addBreakerCommands(command, context, done);
    addAlertCommands(command, context, done);
    addIncidentCommands(command, context, done);
    addHealCommands(command, context, done);
    addDeadLetterCommands(command, context, done);
    addRedecodeCommand(command, context, done);
    addServiceCommands(command, context, done);
    addFileCommands(command, context, done);
    addContractCommands(command, context, done);
    addShadowCommands(command, context, done);
    addInferenceCommands(command, context, done);
    addSimulationCommands(command, context, done);
    return program;
}
/** Commands that run a hub, or talk to one. */
function addHubCommands(command, context, done) {
    command("run", "Run a hub; without a configuration, the demo.", "wayside run wayside.yaml")
        .argument("[config]", "the configuration file; without one a simulated agency is started and read")
        .option("--port <port>", "listen here instead of http.public.port; 0 takes any free port")
        .option("--admin-port <port>", "listen here instead of http.admin.port")
        .option("--json", "print events as JSON, one object per line")
        .action(async (file, options) => done(await (await import("./run.js")).run(file, options, context)));
    command("tap", "Watch a sample of the records of a running hub.", "wayside tap wayside.yaml --feed metro-avl")
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--feed <name>", "only records of this feed")
        .option("--kind <kind>", "only records of this kind, such as vehicle_location")
        .option("--key <text>", "only records whose key holds this text, such as a vehicle id")
        .option("--json", "print records as JSON, one per line")
        .action(async (file, options) => done(await (await import("./tap.js")).tap(file, options, context)));
}
/** How a running hub is: once, or watched. */
function addStatusCommands(command, context, done) {
    const ends = (made) => made
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)");
    ends(command("status", "Show how a running hub is.", "wayside status wayside.yaml"))
        .option("--json", "print one JSON object, as /status.json")
        .action(async (file, options) => done(await (await import("./status.js")).status(file, options, context)));
    ends(command("slo", "Show objectives, error budgets and how fast they burn, of a running hub.", "wayside slo wayside.yaml"))
        .option("--json", "print a list with one JSON object for each objective")
        .action(async (file, options) => done(await (await import("./slo.js")).slo(file, options, context)));
    ends(command("top", "Watch how a running hub is, with rates, until Ctrl-C.", "wayside top wayside.yaml"))
        .option("--every <seconds>", "time between two looks", "2")
        .option("--json", "print each look as a line of JSON")
        .action(async (file, options) => done(await (await import("./status.js")).top(file, options, context)));
}
/** Commands that read a store, or ask the hub that has it open. */
function addStoreCommands(command, context, done) {
    command("ledger", "Show where every frame and record went.", "wayside ledger wayside.yaml --audit")
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--url <url>", "admin address of the hub that has the store open (default: that of the configuration)")
        .option("--feed <name>", "only this feed")
        .option("--step <name>", "only this step: receive, interpret, admit, redecode, dead-letters, or sink:NAME")
        .option("--since <time>", "how far back: a duration, or a time such as 2026-01-05T12:00:00Z")
        .option("--by <span>", "one row per minute (the last hour), hour (two days) or day (all)")
        .option("--audit", "recount every term from the store, and name each item that does not agree")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./ledger.js")).ledger(file, options, context)));
    command("schedule", "Show the schedules of the store, and which one is used when.", "wayside schedule wayside.yaml")
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./schedule.js")).schedule(file, options, context)));
    command("events", "Show what happened, of a store or of a running hub.", "wayside events wayside.yaml --since 2h")
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--since <time>", "how far back: a duration, or a time such as 2026-01-05T12:00:00Z", "24h")
        .option("--follow", "go on showing what happens while a hub runs, until Ctrl-C")
        .option("--url <url>", "admin address of the hub that has the store open (default: that of the configuration)")
        .option("--json", "print events as JSON, one per line")
        .action(async (file, options) => done(await (await import("./events.js")).events(file, options, context)));
    command("why", "Tell what became of a vehicle, a record or a dead letter, from the connection to every sink.", "wayside why 4012 wayside.yaml")
        .argument("<id>", "a vehicle (its id, label, key or upstream's id), a record's id, or a dead letter's place such as 3/118")
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--url <url>", "ask the hub at this admin address")
        .option("--json", "print one JSON object")
        .action(async (asked, file, options) => done(await (await import("./why.js")).tellWhy(asked, file, options, context)));
}
function addReloadCommand(command, context, done) {
    command("reload", "Put the changed configuration of a running hub in place, or say why not.", "wayside reload wayside.yaml --dry-run")
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--within <duration>", "until when the new parts must work, 1s to 5m; else all is put back", "30s")
        .option("--dry-run", "only say what would be added, replaced, removed and kept")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./reload.js")).reload(file, options, context)));
}
/** `wayside breaker ls`, `open`, `close` and `reset`: a person decides who of those that are called is called. */
function addBreakerCommands(command, context, done) {
    const group = command("breaker", "See and set the breakers of a running hub: who is called, and who is not.", 'wayside breaker open feed:metro-avl/0 wayside.yaml --reason "vendor maintenance" --for 2h').addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    const ends = (made) => made
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--json", "print JSON");
    const named = (made) => made.argument("<name>", "as `wayside breaker ls` shows it");
    const forced = (made) => ends(named(made))
        .requiredOption("--reason <text>", "why, for the next person who asks; shown on the status page")
        .option("--for <duration>", "how long, such as 10m or 2h; at most 7d", "1h");
    ends(verb("ls", "List breakers, budgets and gates.", "ls wayside.yaml")).action(async (file, options) => done(await (await import("./breaker.js")).listBreakers(file, options, context)));
    const set = (action) => async (name, file, options) => done(await (await import("./breaker.js")).setBreaker(action, name, file, options, context));
    forced(verb("open", "Call an upstream no more for a while.", 'open sink:archive --reason "disk is full" --for 30m')).action(set("open"));
    forced(verb("close", "Call an upstream for a while, whatever fails.", 'close feed:buses/0 --reason "test" --for 5m')).action(set("close"));
    ends(named(verb("reset", "End a forced state and forget failures.", "reset feed:buses/0")))
        .option("--reason <text>", "why; goes to the hub's log")
        .action(set("reset"));
}
/** Commands for whoever runs a hub as a service: its unit, its backups. */
function addServiceCommands(command, context, done) {
    const group = command("service", "Run a hub as a service of this machine.", "wayside service print wayside.yaml > wayside.service").addHelpText("after", "\nIts command `print` has --help with its options, --json among them.");
    group
        .command("print")
        .description("Print a systemd unit with no more rights than the hub needs.")
        .addHelpText("after", "\nExample:\n  wayside service print wayside.yaml > wayside.service")
        .copyInheritedSettings(group)
        .argument("[config]", "the configuration that it runs", "wayside.yaml")
        .option("--user <name>", "the user that it runs as", "wayside")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./service.js")).printService(file, options, context)));
    addExportCommands(command, context, done);
    command("backup", "Copy store, configuration, contracts and hash keys; the hub may run.", "wayside backup wayside.yaml --to /mnt/backup/monday")
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--to <folder>", "a folder that holds no backup yet (default: one named after the time, here)")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./backup.js")).backup(file, options, context)));
    command("doctor", "Look at all that a hub needs, say how to mend what is wrong, and repair a damaged store.", "wayside doctor wayside.yaml")
        .argument("[config]", "the configuration of the hub", "wayside.yaml")
        .option("--repair", "save what can be read of a damaged store into a new one, and keep the damaged one")
        .option("--offline", "call nobody: names, certificates of others and clocks are left out")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./doctor.js")).doctor(file, options, context)));
    command("restore", "Put a backup into place.", "wayside restore /mnt/backup/monday wayside.yaml")
        .argument("<backup>", "the folder of the backup")
        .argument("[config]", "the configuration that says where the store lies (default: that of the backup)")
        .option("--force", "move a store that is there aside, and keep it")
        .option("--json", "print one JSON object")
        .action(async (folder, file, options) => done(await (await import("./restore.js")).restore(folder, file, options, context)));
}
/** For those who have tools for these things already. */
function addExportCommands(command, context, done) {
    const group = command("export", "Print alert rules for Prometheus, or a dashboard for Grafana.", "wayside export prometheus > wayside-rules.yaml").addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    verb("prometheus", "Print the hub's alerts as rules for Prometheus.", "prometheus > wayside-rules.yaml")
        .option("--json", "print JSON instead of YAML")
        .action(async (options) => done((await import("./export.js")).exportPrometheus(options, context)));
    verb("grafana", "Print a dashboard for Grafana.", "grafana > wayside-dashboard.json")
        .option("--json", "it is JSON anyway")
        .action(async (options) => done((await import("./export.js")).exportGrafana(options, context)));
}
/** Commands that need no hub. */
function addFileCommands(command, context, done) {
    const decoders = context.plugins.decoders.map((definition) => definition.type).join(", ");
    command("check", "Check a configuration and say how to mend it.", "wayside check wayside.yaml")
        .argument("<config>", "the configuration file")
        .option("--no-topology", "leave out how the parts hang together")
        .option("--no-environment", "leave out what must exist on this machine: files, folders, secrets, variables")
        .option("--offline", "download no schedule; crosswalks are held against what a hub read before")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./check.js")).check(file, options, context)));
    command("init", "Write a commented configuration to begin with.", "wayside init my-agency.yaml")
        .argument("[file]", "where to write it", "wayside.yaml")
        .option("--force", "replace an existing file")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./init.js")).init(file, options, context)));
    command("compare", "Compare two GTFS-realtime feeds, live or recorded, and say whether B can take the place of A.", "wayside compare https://transit.test/vehicles.pb http://127.0.0.1:8080/gtfs-rt/vehicle-positions.pb --for 14d --state compare.json --html compare.html")
        .argument("<a>", "the feed that riders have today: a URL, or recorded messages: a file or a folder")
        .argument("<b>", "the feed that would take its place")
        .option("--for <duration>", "how long to measure live", "14d")
        .option("--every <duration>", "time between two moments, live; at least 5s", "15s")
        .option("--pair <duration>", "recorded messages are of one moment when no further apart", "60s")
        .option("--trip-updates <urls...>", "trip updates of A and of B, two URLs: compares forecasts too")
        .option("--alerts <urls...>", "alerts of A and of B, two URLs")
        .option("--gtfs <path>", "the schedule, a zip, a folder or a URL: adds match rates and expected service")
        .option("--ca <file>", "PEM file of an authority to trust beside the platform's; may be repeated", collect, [])
        .option("--proxy <url>", "a proxy, or none (default: as HTTPS_PROXY and NO_PROXY say)")
        .option("--timezone <zone>", "IANA zone of the hours (default: that of the schedule, else UTC)")
        .option("--limit <name=value>", "another limit of the verdict, such as missing=2%", collect, [])
        .option("--state <file>", "keep what was measured here, and go on with it after an interruption")
        .option("--html <file>", "write the report as one page")
        .option("--json", "print one JSON object")
        .action(async (a, b, options) => done(await (await import("./compare.js")).compare(a, b, options, context)));
    command("replay", "Decode files through the whole intake, and account for every item in them.", "wayside replay day1/*.pb.gz --decoder gtfs-realtime --out records.ndjson")
        .argument("<file...>", "files and folders, in this order; .gz is unpacked")
        .option("--decoder <name>", `what the files mean: ${decoders}`)
        .option("--timezone <zone>", "IANA zone of local times in the files", "UTC")
        .option("--mapping <file>", "YAML of the decoder mapping")
        .option("--set <option=value>", "an option of the decoder, such as vehicleId=1234", collect, [])
        .option("--split <how>", "none: a file is a frame; lines: each line is one", "none")
        .option("--received <time>", "when frames count as received: stated in them, now, or a time", "stated")
        .option("--out <file>", "write the records, one JSON object per line")
        .option("--json", "print one JSON object")
        .action(async (files, options) => done(await (await import("./replay.js")).replay(files, options, context)));
}
