import { join } from "node:path";
import { Failure } from "../model/failure.js";
import { sftp, sftpQuoted } from "../runtime/node-sftp.js";
import { copyStart } from "./day-parts.js";
/** A folder of this machine, or a share that is mounted here. */
export class FolderPlace {
    name;
    #files;
    constructor(directory, files) {
        this.name = directory;
        this.#files = files;
    }
    async put(path, length, name) {
        const target = join(this.name, name);
        if ((await this.#files.stat(target))?.bytes === length)
            return "was there";
        await copyStart(this.#files, path, target, length);
        return "put";
    }
}
/** `ls -ln` of OpenSSH: rights, links, user, group, bytes, date, path. */
const LISTED = /^-\S+\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+\s+(.+)$/;
/**
 * A folder of a server that speaks SFTP. The file grows under a name that begins with a dot, goes on where it was broken off,
 * and is renamed when it is whole.
 */
export class SftpPlace {
    name;
    #server;
    #path;
    #timeoutMs;
    #files;
    constructor(server, path, timeoutMs, files) {
        this.#server = server;
        this.#path = path;
        this.#timeoutMs = timeoutMs;
        this.#files = files;
        this.name = `sftp://${server.host}:${server.port}/${path}`;
    }
    async put(path, length, name, signal) {
        const [whole, growing] = [this.#at(name), this.#at(`.${name}.part`)];
        const found = await this.#sizes([whole, growing], signal);
        if (found.get(whole) === length)
            return "was there";
        // The working file grows meanwhile: what is sent is what is committed, in a file of its own.
        const copy = `${path}.out`;
        await copyStart(this.#files, path, copy, length);
        try {
            const begun = found.get(growing) ?? 0;
            const send = `${begun > 0 && begun < length ? "reput" : "put"} -f ${sftpQuoted(copy)} ${sftpQuoted(growing)}`;
            const list = `ls -ln ${sftpQuoted(growing)}`;
            const listed = await this.#run(begun === length ? [list] : [`-mkdir ${sftpQuoted(this.#path)}`, send, list], signal);
            const sent = sizesIn(listed).get(growing);
            if (sent !== length) {
                // What another process left there is no beginning of this file: the next time it is begun anew.
                await this.#run([`-rm ${sftpQuoted(growing)}`], signal);
                throw new Failure("sink.unavailable", `${this.name} has ${sent ?? 0} of the ${length} bytes of ${name}`);
            }
            await this.#run([`rename ${sftpQuoted(growing)} ${sftpQuoted(whole)}`], signal);
        }
        finally {
            await this.#files.remove(copy);
        }
        return "put";
    }
    #at(name) {
        return this.#path === "" ? name : `${this.#path}/${name}`;
    }
    async #sizes(paths, signal) {
        return sizesIn(await this.#run(paths.map((path) => `-ls -ln ${sftpQuoted(path)}`), signal));
    }
    #run(commands, signal) {
        return sftp(this.#server, commands, this.#timeoutMs, signal);
    }
}
function sizesIn(output) {
    const sizes = new Map();
    for (const line of output.split(/\r?\n/)) {
        const [, bytes, path] = LISTED.exec(line) ?? [];
        if (path !== undefined)
            sizes.set(path, Number(bytes));
    }
    return sizes;
}
