import { verbsOf } from "./new-command.js";
/** `wayside shadow report`: another decoder, mapping or contract on live frames. */
export function addShadowCommands(command, context, done) {
    const group = command("shadow", "See how a candidate for another decoder or contract reads live frames.", "wayside shadow report wayside.yaml --feed metro-avl").addHelpText("after", "\nThis has --help with its options, --json among them.");
    verbsOf(group)("report", "Compare a candidate with what is read now, record by record.", "report wayside.yaml --feed metro-avl")
        .argument("[config]", "the configuration of the hub, for its admin address and token")
        .option("--url <url>", "address of the admin listener (default: that of the configuration, or port 8081 here)")
        .option("--feed <name>", "only this feed")
        .option("--json", "print a list with one JSON object for each candidate")
        .action(async (file, options) => done(await (await import("./shadow.js")).shadowReport(file, options, context)));
}
