import type { Command } from "commander";

/** Adds a command with its summary and one example. */
export type NewCommand = (usage: string, summary: string, example: string) => Command;

/** The values of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
	return [...before, value];
}
