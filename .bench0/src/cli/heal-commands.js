import { verbsOf } from "./new-command.js";
/** `wayside heal ls`, `show`, `accept`, `reject` and `rollback`: what becomes of payloads that a vendor has changed. */
export function addHealCommands(command, context, done) {
    const group = command("heal", "See what would put changed payloads right, and accept it or take it back.", "wayside heal accept metro-avl 1 wayside.yaml").addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    const load = () => import("./heal.js");
    const ends = (made) => made
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--json", "print JSON");
    const named = (made) => made
        .argument("<feed>", "its name, or NAME/0 where it has several upstreams")
        .argument("<repair>", "its number, as `wayside heal ls` shows it");
    ends(verb("ls", "List repairs: proposed, accepted and taken back.", "ls wayside.yaml")).action(async (file, options) => done(await (await load()).listHeals(file, options, context)));
    ends(named(verb("show", "Show what a repair does, and what speaks for it.", "show metro-avl 1 wayside.yaml"))).action(async (name, id, file, options) => done(await (await load()).showHeal(name, id, file, options, context)));
    const decide = (what) => async (name, id, file, options) => done(await (await load()).decideHeal(what, name, id, file, options, context));
    for (const [what, summary] of [
        ["accept", "Read payloads so from now on, and those since the change again."],
        ["reject", "Do not want a repair that is proposed."],
        ["rollback", "Read payloads as they are sent, and those that were read otherwise again."],
    ])
        ends(named(verb(what, summary, `${what} metro-avl 1 wayside.yaml`)))
            .option("--by <name>", "who decides (default: the user at this terminal)")
            .action(decide(what));
}
