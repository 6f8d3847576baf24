import { verbsOf } from "./new-command.js";
/** `wayside contract diff` and `test`: for a vendor's pipeline, or ours. */
export function addContractCommands(command, context, done) {
    const group = command("contract", "Compare contracts, and hold captured payloads against one.", "wayside contract diff contracts/metro-avl.v2.yaml contracts/metro-avl.v3.yaml").addHelpText("after", "\nEach of these has --help with its options, --json among them.");
    const verb = verbsOf(group);
    verb("diff", "Judge every change between contracts: compatible, tolerable or breaking.", "diff metro-avl.v2.yaml metro-avl.v3.yaml --mode full")
        .argument("<contract...>", "two contracts, the newest last; with a transitive mode, more")
        .option("--mode <rule>", "backward, forward or full, each also as backward-transitive; transitive: by the contract's own rule (default: the contract's own rule, else forward)")
        .option("--json", "print one JSON object")
        .action(async (files, options) => done(await (await import("./contract.js")).contractDiff(files, options, context)));
    verb("test", "Look at captured payloads by a contract, and say what does not fit.", "test contracts/metro-avl.v3.yaml captures/monday")
        .argument("<contract>", "the contract: JSON or YAML")
        .argument("<capture...>", "files and folders, as `replay` reads them; .gz is unpacked")
        .option("--split <how>", "none: a file is a frame; lines: each line is one", "none")
        .option("--strict", "what passes by mode evolve does not fit either")
        .option("--json", "print one JSON object")
        .action(async (contract, captures, options) => done(await (await import("./contract.js")).contractTest(contract, captures, options, context)));
}
