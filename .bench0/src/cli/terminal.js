const CODES = { good: "32", warn: "33", bad: "31", quiet: "2", strong: "1" };
const PLAIN_PROGRESS_EVERY_MS = 5_000;
/** After the first minute: a service that runs for months must not fill the log of its machine. */
const PLAIN_PROGRESS_LATER_MS = 60_000;
const LINE_WIDTH_DEFAULT = 100;
/** The terminal of this process. */
export function processTerminal(exitAtOnce) {
    const { stdout, stderr, env } = process;
    const colour = env["NO_COLOR"] ? false : env["FORCE_COLOR"] ? true : stdout.isTTY;
    let live;
    const clear = () => {
        if (live !== undefined)
            stderr.write("\r\x1b[2K");
    };
    const restore = () => {
        if (live !== undefined)
            stderr.write(live);
    };
    return {
        environment: env,
        isScreen: stdout.isTTY === true,
        out: (line) => {
            clear();
            stdout.write(`${line}\n`);
            restore();
        },
        err: (line) => {
            clear();
            stderr.write(`${line}\n`);
            restore();
        },
        paint: (tone, text) => (colour ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text),
        progress: (clock) => {
            if (!stderr.isTTY)
                return plainProgress(clock, (line) => stderr.write(`${line}\n`));
            return {
                show: (line) => {
                    clear();
                    live = line.slice(0, (stderr.columns ?? LINE_WIDTH_DEFAULT) - 1);
                    restore();
                },
                end: () => {
                    if (live !== undefined)
                        stderr.write("\n");
                    live = undefined;
                },
            };
        },
        onReload: (reload) => {
            if (stdout.isTTY || process.platform === "win32")
                return () => undefined;
            process.on("SIGHUP", reload);
            return () => process.off("SIGHUP", reload);
        },
        onStray: (stray) => {
            process.on("unhandledRejection", stray);
            return () => process.off("unhandledRejection", stray);
        },
        onStop: (stop) => {
            let stopping = false;
            const onSignal = () => {
                if (stopping)
                    exitAtOnce();
                stopping = true;
                stop();
            };
            process.on("SIGINT", onSignal);
            process.on("SIGTERM", onSignal);
            return () => {
                process.off("SIGINT", onSignal);
                process.off("SIGTERM", onSignal);
            };
        },
    };
}
/**
 * For pipes and log files: a line every five seconds, after a minute one a minute, and the last one of long work; short
 * work passes in silence.
 */
export function plainProgress(clock, write) {
    const startedAt = clock.monotonic();
    let writtenAt = startedAt;
    let isLong = false;
    let held;
    return {
        show: (line) => {
            const now = clock.monotonic();
            const isLater = now - startedAt > PLAIN_PROGRESS_LATER_MS;
            if (now - writtenAt < (isLater ? PLAIN_PROGRESS_LATER_MS : PLAIN_PROGRESS_EVERY_MS)) {
                held = line;
                return;
            }
            writtenAt = now;
            isLong = true;
            held = undefined;
            write(line);
        },
        end: () => {
            if (held !== undefined && isLong)
                write(held);
            held = undefined;
        },
    };
}
/** Rows as aligned columns; numbers to the right. The first row is the head. */
export function columns(rows) {
    const widths = [];
    for (const row of rows)
        row.forEach((cell, i) => {
            widths[i] = Math.max(widths[i] ?? 0, shown(cell).length);
        });
    return rows.map((row) => row
        .map((cell, i) => {
        const width = widths[i] ?? 0;
        return typeof cell === "number" ? shown(cell).padStart(width) : cell.padEnd(width);
    })
        .join("  ")
        .trimEnd());
}
function shown(cell) {
    return typeof cell === "number" ? cell.toLocaleString("en-US") : cell;
}
