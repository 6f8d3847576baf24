import type { Command } from "commander";

/** Adds a command with its summary and one example. */
export type NewCommand = (usage: string, summary: string, example: string) => Command;
