import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
const VERSIONS = "/usr/lib/postgresql";
/** What the kernel counts in (sysconf CLK_TCK, 100 on Linux). */
const TICK_US = 10_000;
/** A PostgreSQL server in a folder of its own, as Debian ships it: durable, and spoken to over its socket. */
export class BenchPostgres {
    #folder = mkdtempSync(join(tmpdir(), "wayside-bench-pg-"));
    #binaries;
    #owner;
    constructor() {
        const version = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort().at(-1) : undefined;
        if (version === undefined)
            throw new Error("PostgreSQL is not installed: apt-get install postgresql");
        this.#binaries = join(VERSIONS, version, "bin");
        // The server refuses to run as root.
        const id = (what) => Number(spawnSync("id", [what, "postgres"], { encoding: "utf8" }).stdout);
        this.#owner = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : undefined;
    }
    static start() {
        const server = new BenchPostgres();
        for (const folder of [server.#folder, server.#socket]) {
            mkdirSync(folder, { recursive: true });
            if (server.#owner)
                chownSync(folder, server.#owner.uid, server.#owner.gid);
        }
        server.#run("initdb", ["-D", server.#data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        const options = `-k ${server.#socket} -c listen_addresses=`;
        const log = join(server.#folder, "server.log");
        server.#run("pg_ctl", ["-D", server.#data, "-w", "-l", log, "-o", options, "start"]);
        return server;
    }
    get url() {
        return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(this.#socket)}`;
    }
    /** CPU of the server and of all its processes so far, those that have ended included. Linux only. */
    cpuUs() {
        const main = readFileSync(join(this.#data, "postmaster.pid"), "utf8").split("\n", 1)[0];
        let ticks = 0;
        for (const id of readdirSync("/proc")) {
            if (!/^\d+$/.test(id))
                continue;
            const fields = statOf(id);
            // Fields behind the name: state, parent, ... user, system, and both of children that were waited for.
            const [user, system, ofEnded, systemOfEnded] = fields.slice(11, 15).map(Number);
            if (id === main)
                ticks += user + system + ofEnded + systemOfEnded;
            else if (fields[1] === main)
                ticks += user + system;
        }
        return ticks * TICK_US;
    }
    count(table) {
        return Number(this.#sql(`SELECT count(*) FROM ${table}`));
    }
    drop(table) {
        this.#sql(`DROP TABLE ${table}, ${table}_batches`);
    }
    remove() {
        this.#run("pg_ctl", ["-D", this.#data, "-m", "fast", "stop"]);
        rmSync(this.#folder, { recursive: true, force: true });
    }
    get #data() {
        return join(this.#folder, "data");
    }
    get #socket() {
        return join(this.#folder, "s");
    }
    #sql(statement) {
        return this.#run("psql", ["-h", this.#socket, "-U", "postgres", "-Atc", statement]);
    }
    #run(program, words) {
        const ran = spawnSync(join(this.#binaries, program), words, {
            ...this.#owner,
            encoding: "utf8",
            cwd: "/",
            // A server that goes on must not hold the pipes of the command that started it.
            stdio: program === "pg_ctl" ? "ignore" : "pipe",
        });
        if (ran.status !== 0)
            throw new Error(`${program} failed: ${ran.stderr}`);
        return (ran.stdout ?? "").trim();
    }
}
function statOf(id) {
    try {
        const text = readFileSync(`/proc/${id}/stat`, "utf8");
        return text.slice(text.lastIndexOf(")") + 2).split(" ");
    }
    catch {
        // It has ended meanwhile.
        return [];
    }
}
