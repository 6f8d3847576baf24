import type { Command } from "commander";
import type { CliContext } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import type { NewCommand } from "./new-command.js";

/** `wayside dlq ls` and `show`: what could not go on, and why. */
export function addDeadLetterCommands(
	command: NewCommand,
	context: CliContext,
	done: (code: ExitCode) => void,
): void {
	const group = command(
		"dlq",
		"See dead letters: what could not be read or was refused, by cause.",
		"wayside dlq ls wayside.yaml",
	).addHelpText("after", "\nEach of these has --help with its options, --json among them.");
	const verb = (usage: string, summary: string, example: string) =>
		group
			.command(usage)
			.description(summary)
			.addHelpText("after", `\nExample:\n  wayside dlq ${example}`)
			.copyInheritedSettings(group);
	const ends = (made: Command) =>
		made
			.argument("[config]", "the configuration whose store is meant", "wayside.yaml")
			.option("--url <url>", "ask the hub at this admin address")
			.option("--json", "print one JSON object");

	ends(verb("ls", "List the causes, those with most dead letters first.", "ls wayside.yaml"))
		.option("--all", "those of which everything is settled too")
		.action(async (file, options) =>
			done(await (await import("./dead-letters.js")).listDeadLetters(file, options, context)),
		);
	ends(
		verb(
			"show",
			"Show one cause, and some of its dead letters.",
			"show 3f2a9c1b0d wayside.yaml --limit 50",
		).argument("<issue>", "its id, or how it begins, as `wayside dlq ls` shows it"),
	)
		.option("--limit <count>", "how many dead letters at most", "10")
		.action(async (issue, file, options) =>
			done(await (await import("./dead-letters.js")).showDeadLetters(issue, file, options, context)),
		);
}
