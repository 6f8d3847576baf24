import { verbsOf } from "./new-command.js";
/** `wayside dlq`: what could not go on, why, and what is done about it. */
export function addDeadLetterCommands(command, context, done) {
    const group = command("dlq", "See, replay and drop dead letters: what could not be read or was refused, by cause.", "wayside dlq ls wayside.yaml").addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    const ends = (made) => made
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--url <url>", "ask the hub at this admin address")
        .option("--json", "print one JSON object");
    ends(verb("ls", "List the causes, those with most dead letters first.", "ls wayside.yaml"))
        .option("--all", "those of which everything is settled too")
        .action(async (file, options) => done(await (await import("./dead-letters.js")).listDeadLetters(file, options, context)));
    ends(verb("show", "Show one cause, and some of its dead letters.", "show 3f2a9c1b0d wayside.yaml --limit 50").argument("<issue>", "its id, or how it begins, as `wayside dlq ls` shows it"))
        .option("--limit <count>", "how many dead letters at most", "10")
        .action(async (issue, file, options) => done(await (await import("./dead-letters.js")).showDeadLetters(issue, file, options, context)));
    addJobs(verb, ends, done, context);
}
/** `wayside redecode`: what was stored as received, read as it would be read today. */
export function addRedecodeCommand(command, context, done) {
    command("redecode", "Decode stored frames of a feed again, after its decoder or mapping was mended.", "wayside redecode wayside.yaml --feed metro-avl --since 6h --preview")
        .argument("[config]", "the configuration of the running hub", "wayside.yaml")
        .requiredOption("--feed <name>", "the feed")
        .requiredOption("--since <time>", "frames received since: a duration ago, or a time")
        .option("--until <time>", "and before: a duration ago, or a time (default: now)")
        .option("--preview", "only say how many frames, and what the first of them would give")
        .option("--rate <count>", "frames a second", "20")
        .option("--name <name>", "call the job so")
        .option("--reason <text>", "why, for the next person who asks")
        .option("--url <url>", "ask the hub at this admin address")
        .option("--json", "print one JSON object")
        .action(async (file, options) => done(await (await import("./replay-jobs.js")).startRedecode(file, options, context)));
}
/** Jobs of a running hub. */
function addJobs(verb, ends, done, context) {
    const chosen = (made) => ends(made)
        .option("--issue <id>", "of this issue")
        .option("--feed <name>", "of this feed")
        .option("--sink <name>", "of this sink")
        .option("--since <time>", "that became dead letters since: a duration ago, or a time")
        .option("--until <time>", "and before: a duration ago, or a time")
        .option("--key <text>", "of sinks, whose record's id holds this text, such as a vehicle")
        .option("--all", "all of them")
        .option("--name <name>", "call the job so")
        .option("--rate <count>", "letters a second", "100")
        .option("--reason <text>", "why, for the next person who asks")
        .option("--preview", "only say how many it would be");
    for (const kind of ["replay", "drop"]) {
        const summary = {
            replay: "Try dead letters again, beside live traffic and slower than it.",
            drop: "Give dead letters up: nothing tries them again.",
        }[kind];
        chosen(verb(kind, summary, `${kind} wayside.yaml --sink archive --since 2h --preview`)).action(async (file, options) => done(await (await import("./replay-jobs.js")).startJob(kind, file, options, context)));
    }
    ends(verb("jobs", "List jobs and how far they are.", "jobs wayside.yaml")).action(async (file, options) => done(await (await import("./replay-jobs.js")).listJobs(file, options, context)));
    for (const action of ["pause", "resume", "cancel"]) {
        const summary = {
            pause: "Pause a job; it waits over restarts too.",
            resume: "Go on with a paused job.",
            cancel: "End a job; what it has done stays done.",
        }[action];
        const named = verb(action, summary, `${action} replay-3f2a9c wayside.yaml`);
        ends(named.argument("<name>", "as `wayside dlq jobs` shows it")).action(async (name, file, options) => done(await (await import("./replay-jobs.js")).setJob(action, name, file, options, context)));
    }
}
