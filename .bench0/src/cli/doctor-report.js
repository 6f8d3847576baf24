const TONES = { good: "good", warn: "warn", bad: "bad", skipped: "quiet" };
const WORDS = { good: "good", warn: "WARN", bad: "BAD", skipped: "-" };
const [VERDICT_WIDTH, CHECK_WIDTH] = [5, 12];
/** One line per finding, and below it how to mend it. */
export function printFinding(finding, { terminal }) {
    const { verdict, check, of, message, mend } = finding;
    const word = terminal.paint(TONES[verdict], WORDS[verdict].padEnd(VERDICT_WIDTH));
    terminal.out(`${word} ${check.padEnd(CHECK_WIDTH)} ${of}: ${message}`);
    if (mend !== undefined)
        terminal.out(`${" ".repeat(VERDICT_WIDTH + 1)}mend: ${mend}`);
}
