/** Commands that find out what payloads mean. */
export function addInferenceCommands(command, context, done) {
    command("infer", "Look into captures of an undocumented protocol, and propose a mapping with its evidence.", "wayside infer captures/*.json --timezone America/Chicago --out proposed")
        .argument("<capture...>", "files and folders of one format, the earliest first; .gz is unpacked")
        .option("--timezone <zone>", "IANA zone of the agency")
        .option("--area <degrees>", "where its vehicles are: west,south,east,north")
        .option("--split <how>", "none: a file is a message; lines: each line is one", "none")
        .option("--no-names", "do not even let names of fields rank what their values allow")
        .option("--out <folder>", "write mapping.yaml and evidence.json there")
        .option("--json", "print one JSON object")
        .action(async (files, options) => done(await (await import("./infer.js")).infer(files, options, context)));
}
