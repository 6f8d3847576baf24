import type { CliContext } from "./context.js";

/** `skipped`: nobody could look; the message says why. */
export type Verdict = "good" | "warn" | "bad" | "skipped";

/** One thing that was looked at. */
export interface Finding {
	/** What was looked at: `config`, `store`, `disk`, `permissions`, `dns`, `tls`, `clock`. Stable. */
	readonly check: string;
	/** Which of them, such as `feed metro-avl, upstream 0`. */
	readonly of: string;
	readonly verdict: Verdict;
	readonly message: string;
	/** What a person must do. Present for `warn` and `bad`. */
	readonly mend?: string;
}

const TONES = { good: "good", warn: "warn", bad: "bad", skipped: "quiet" } as const;
const WORDS = { good: "good", warn: "WARN", bad: "BAD", skipped: "-" } as const;
const [VERDICT_WIDTH, CHECK_WIDTH] = [5, 12];

/** One line per finding, and below it how to mend it. */
export function printFinding(finding: Finding, { terminal }: CliContext): void {
	const { verdict, check, of, message, mend } = finding;
	const word = terminal.paint(TONES[verdict], WORDS[verdict].padEnd(VERDICT_WIDTH));
	terminal.out(`${word} ${check.padEnd(CHECK_WIDTH)} ${of}: ${message}`);
	if (mend !== undefined) terminal.out(`${" ".repeat(VERDICT_WIDTH + 1)}mend: ${mend}`);
}
