import { verbsOf } from "./new-command.js";
/** `wayside incident ls`, `show`, `export` and `note`: what was wrong, from its beginning to its end. */
export function addIncidentCommands(command, context, done) {
    const group = command("incident", "See what was wrong in the last 30 days, from its beginning to its end, and write its review.", "wayside incident show ihtd8j wayside.yaml").addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    const load = () => import("./incident.js");
    const ends = (made) => made
        .argument("[config]", "the configuration whose store is meant", "wayside.yaml")
        .option("--url <url>", "ask the hub at this admin address")
        .option("--json", "print JSON");
    const named = (made) => made.argument("<id>", "as `wayside incident ls` shows it");
    ends(verb("ls", "List incidents, the newest first.", "ls wayside.yaml")).action(async (file, options) => done(await (await load()).listIncidents(file, options, context)));
    ends(named(verb("show", "Tell an incident with its impact, times and timeline.", "show ihtd8j"))).action(async (id, file, options) => done(await (await load()).showIncident(id, file, options, context)));
    ends(named(verb("export", "Write one archive: the draft of a review, timeline, records, and frames with masked values.", "export ihtd8j --out review.tar.gz")))
        .option("--out <file>", "where to (default: incident-ID.tar.gz here)")
        .action(async (id, file, options) => done(await (await load()).exportIncident(id, file, options, context)));
    ends(named(verb("note", "Add what you have to say of an incident, for its review.", 'note ihtd8j "the vendor restarted its gateway"')).argument("<text>", "one line of at most 1000 characters"))
        .option("--by <name>", "who says so (default: the user at this terminal)")
        .action(async (id, text, file, options) => done(await (await load()).noteIncident(id, text, file, options, context)));
}
