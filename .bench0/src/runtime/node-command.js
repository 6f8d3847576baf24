import { spawn } from "node:child_process";
import { Failure } from "../model/failure.js";
const SAID_MAX = 200;
const KEPT = ["PATH", "HOME", "LANG", "TZ", "SystemRoot"];
/** EX_CONFIG of sysexits. */
const EXIT_CONFIG = 78;
/**
 * Runs a program without a shell. Resolves with the first words that it printed once it has ended well; rejects with a `Failure`
 * (`sink.refused`: a person is needed; `sink.unavailable`: it may work the next time) or with the signal's reason. Whatever it
 * started is ended with it.
 */
export async function runCommand(command, signal) {
    signal.throwIfAborted();
    const { program, words, environment, workingDirectory, input, timeoutMs } = command;
    const own = Object.fromEntries(KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
    const isGroup = process.platform !== "win32";
    const child = spawn(program, [...words], {
        cwd: workingDirectory,
        env: { ...own, ...environment },
        stdio: ["pipe", "pipe", "pipe"],
        detached: isGroup,
        windowsHide: true,
    });
    const end = () => {
        if (child.pid === undefined)
            return;
        try {
            if (isGroup)
                process.kill(-child.pid, "SIGKILL");
            else
                child.kill("SIGKILL");
        }
        catch (thrown) {
            // It has ended by itself in between.
            if (thrown.code !== "ESRCH")
                throw thrown;
        }
    };
    let output = "";
    let said = "";
    child.stdout.on("data", (piece) => {
        if (output.length < SAID_MAX)
            output += piece.toString();
    });
    child.stderr.on("data", (piece) => {
        if (said.length < SAID_MAX)
            said += piece.toString();
    });
    // A program need not read what it is told: how it ended says what came of it.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    let isLate = false;
    const timer = setTimeout(() => {
        isLate = true;
        end();
    }, timeoutMs);
    signal.addEventListener("abort", end, { once: true });
    try {
        const status = await new Promise((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (code, by) => resolve(code ?? by ?? "no status"));
        });
        if (signal.aborted)
            throw signal.reason;
        if (status === 0)
            return `${program} ended well${shown(output)}`;
        const how = isLate ? `was ended after ${timeoutMs / 1000} s` : `ended with ${status}${shown(said)}`;
        throw new Failure(status === EXIT_CONFIG ? "sink.refused" : "sink.unavailable", `${program} ${how}`);
    }
    catch (thrown) {
        if (thrown instanceof Failure || signal.aborted)
            throw thrown;
        const { code } = thrown;
        const why = code === "ENOENT" ? "is not there" : code === "EACCES" ? "may not be run" : `failed (${code})`;
        throw new Failure("sink.refused", `${program} ${why}; check its path and its rights`, { cause: thrown });
    }
    finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
    }
}
/** One line of printable characters. */
function shown(text) {
    const line = text.replace(/[\p{C}\s]+/gu, " ").trim();
    return line === "" ? "" : ` (${line.slice(0, SAID_MAX)})`;
}
