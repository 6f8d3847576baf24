import { SECOND_MS } from "../model/units.js";
const BLOCK = 512;
const encoder = new TextEncoder();
/**
 * Files as a tar archive (POSIX.1-1988 ustar, which every tar reads), in their order and with one time, so that the same files
 * give the same bytes. Names are relative, of ASCII, and at most 100 characters.
 */
export function tarOf(files, time) {
    const size = files.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 0);
    // Two empty blocks are its end.
    const archive = new Uint8Array(size + 2 * BLOCK);
    let at = 0;
    for (const { name, bytes } of files) {
        archive.set(headerOf(name, bytes.length, time), at);
        archive.set(bytes, at + BLOCK);
        at += BLOCK + padded(bytes.length);
    }
    return archive;
}
function headerOf(name, size, time) {
    const header = new Uint8Array(BLOCK);
    const put = (text, at) => header.set(encoder.encode(text), at);
    const octal = (value, digits) => `${value.toString(8).padStart(digits, "0")}\0`;
    const isName = /^[\w.-][\w./-]{0,99}$/.test(name) && !name.split("/").includes("..");
    if (!isName)
        throw new RangeError(`"${name}" is no name for a file in a tar archive`);
    put(name, 0);
    put(octal(0o644, 7), 100);
    put(octal(0, 7), 108);
    put(octal(0, 7), 116);
    put(octal(size, 11), 124);
    put(octal(Math.max(0, Math.floor(time / SECOND_MS)), 11), 136);
    put(" ".repeat(8), 148);
    put("0", 156);
    put("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return header;
}
function padded(length) {
    return Math.ceil(length / BLOCK) * BLOCK;
}
