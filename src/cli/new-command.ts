import type { Command } from "commander";

/** Adds a command with its summary and one example. */
export type NewCommand = (usage: string, summary: string, example: string) => Command;

/** Adds verbs to a command that is a group of them; their examples begin with its name. */
export function verbsOf(group: Command): NewCommand {
	return (usage, summary, example) =>
		group
			.command(usage)
			.description(summary)
			.addHelpText("after", `\nExample:\n  wayside ${group.name()} ${example}`)
			.copyInheritedSettings(group);
}

/** The values of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
	return [...before, value];
}
