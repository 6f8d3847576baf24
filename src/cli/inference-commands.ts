import type { CliContext } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import type { NewCommand } from "./new-command.js";

/** Commands that find out what payloads mean. */
export function addInferenceCommands(
	command: NewCommand,
	context: CliContext,
	done: (code: ExitCode) => void,
): void {
	command(
		"infer",
		"Look into captures of an undocumented protocol, and propose a mapping and a contract with their evidence.",
		"wayside infer captures/*.json --timezone America/Chicago --out proposed",
	)
		.argument("<capture...>", "files and folders of one format, the earliest first; .gz is unpacked")
		.option("--timezone <zone>", "IANA zone of the agency")
		.option("--area <degrees>", "where its vehicles are: west,south,east,north")
		.option("--split <how>", "none: a file is a message; lines: each line is one", "none")
		.option("--no-names", "do not even let names of fields rank what their values allow")
		.option("--out <folder>", "write mapping.yaml, contract.v1.yaml and evidence.json there")
		.option("--json", "print one JSON object")
		.action(async (files, options) =>
			done(await (await import("./infer.js")).infer(files, options, context)),
		);
}
