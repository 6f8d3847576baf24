import { verbsOf } from "./new-command.js";
/** `wayside alert ls`, `ack`, `silence` and `test`: what people do about alerts. */
export function addAlertCommands(command, context, done) {
    const group = command("alert", "See open alerts of a running hub, take care of them, and try the channels.", 'wayside alert ack feed-down wayside.yaml --note "vendor is called"').addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    const load = () => import("./alert.js");
    const ends = (made) => made
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--json", "print JSON");
    const about = "only of this, such as feed:metro-avl";
    ends(verb("ls", "List what is open, who was told, and whether people can be reached.", "ls wayside.yaml")).action(async (file, options) => done(await (await load()).listAlerts(file, options, context)));
    ends(verb("ack", "Say that you take care of an alert: nobody else is called.", 'ack feed-down wayside.yaml --subject feed:metro-avl --note "vendor is called"').argument("<alert>", "its name, as `wayside alert ls` shows it"))
        .option("--subject <subject>", about)
        .option("--by <name>", "who takes care (default: the user at this terminal)")
        .option("--note <text>", "for whoever else was told")
        .action(async (alert, file, options) => done(await (await load()).acknowledgeAlert(alert, file, options, context)));
    ends(verb("silence", "Tell nothing of some alerts for a while, for work that is planned.", 'silence wayside.yaml --alert feed-down --for 2h --reason "vendor maintenance"'))
        .option("--alert <name>", "only this alert (default: every one)")
        .option("--subject <subject>", `${about}; with * at its end for all that begin so`)
        .option("--for <duration>", "how long, such as 10m or 2h; at most 7d", "1h")
        .option("--reason <text>", "why, for the next person who asks")
        .option("--by <name>", "who says so (default: the user at this terminal)")
        .option("--end", "end every silence")
        .action(async (file, options) => done(await (await load()).silenceAlerts(file, options, context)));
    ends(verb("test", "Tell a clearly marked test over each channel, and say what each answered.", "test wayside.yaml"))
        .option("--channel <name>", "only this channel")
        .action(async (file, options) => done(await (await load()).testAlerts(file, options, context)));
}
