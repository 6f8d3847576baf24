import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { formatHttpDate, parseHttpDate } from "../formats/http-date.js";
/** Fast: the feed is made anew every few seconds, and level 1 saves nine tenths of what level 9 does. */
const GZIP_LEVEL = 1;
/** Below it gzip saves nothing that a packet would notice. */
const GZIP_BYTES_MIN = 512;
/**
 * One finished document with everything that HTTP wants to know of it. The body, its tag and its gzip are made when
 * somebody first asks, once, and kept as long as the publication is.
 */
export class PublishedDocument {
    #make;
    #contentType;
    #cacheControl;
    #modifiedTime;
    #body;
    #gzip;
    #etag;
    constructor(contentType, cacheControl, modifiedTime, make) {
        this.#contentType = contentType;
        this.#cacheControl = cacheControl;
        this.#modifiedTime = modifiedTime;
        this.#make = make;
    }
    get body() {
        if (this.#body === undefined) {
            const made = this.#make();
            this.#body = typeof made === "string" ? Buffer.from(made) : made;
        }
        return this.#body;
    }
    /** 304 when the client has this content already, else 200 with all of it. */
    respond(request) {
        // The tag is weak because the plain and the compressed body share it.
        this.#etag ??= `W/"${createHash("sha1").update(this.body).digest("base64url")}"`;
        const headers = {
            etag: this.#etag,
            "last-modified": formatHttpDate(this.#modifiedTime),
            "cache-control": this.#cacheControl,
            vary: "accept-encoding",
        };
        if (this.#isKnown(request, this.#etag))
            return { status: 304, headers };
        const plain = { ...headers, "content-type": this.#contentType };
        if (this.body.length < GZIP_BYTES_MIN || !acceptsGzip(request.headers["accept-encoding"])) {
            return { status: 200, headers: plain, body: this.body };
        }
        this.#gzip ??= gzipSync(this.body, { level: GZIP_LEVEL });
        return { status: 200, headers: { ...plain, "content-encoding": "gzip" }, body: this.#gzip };
    }
    /** RFC 9110, section 13.2.2: If-None-Match decides where there is one; If-Modified-Since only counts without it. */
    #isKnown(request, etag) {
        const noneMatch = request.headers["if-none-match"];
        if (noneMatch !== undefined) {
            const tags = noneMatch.split(",").map((tag) => tag.trim());
            return tags.includes("*") || tags.some((tag) => tag.replace(/^W\//, "") === etag.slice(2));
        }
        const since = parseHttpDate(request.headers["if-modified-since"] ?? "", this.#modifiedTime);
        return since !== undefined && Math.floor(this.#modifiedTime / 1000) * 1000 <= since;
    }
}
/** True when Accept-Encoding names gzip (or `*`) with a weight above 0. */
export function acceptsGzip(header) {
    if (header === undefined)
        return false;
    let any = false;
    for (const part of header.toLowerCase().split(",").slice(0, 32)) {
        const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim());
        const weight = parameters.find((parameter) => parameter.startsWith("q="));
        const isWanted = weight === undefined || Number(weight.slice(2)) > 0;
        if (name === "gzip" || name === "x-gzip")
            return isWanted;
        if (name === "*")
            any = isWanted;
    }
    return any;
}
