import { SaxesParser } from "saxes";
import { Failure } from "../model/failure.js";
import { charsetOf, decodeText } from "./text.js";
import { NO_ATTRIBUTES, NO_CHILDREN } from "./xml-element.js";
export { attributeOf, childOf, childrenOf, elementFromJson, plainOf, textAt, } from "./xml-element.js";
/** The notice of a decoder that read a document with repairs. */
export const MENDED_XML = "XML that is not well-formed was mended";
const BYTES_MAX = 64 * 1024 * 1024;
const DEPTH_MAX = 64;
const ELEMENTS_MAX = 2_000_000;
const ATTRIBUTES_MAX = 256;
const NAMES_CACHED_MAX = 2000;
/** More broken records than this are no accident in a good document. */
const RESUMPTIONS_MAX = 1000;
const ENTITIES = { amp: "&", gt: ">", lt: "<", quot: '"', apos: "'" };
/** Faults of character data that leave the structure intact: the reading goes on. */
const TOLERABLE = new Set([
    "undefined entity.",
    "disallowed character in entity name.",
    "malformed character entity.",
    "empty entity name.",
    "disallowed character.",
    'the string "]]>" is disallowed in char data.',
    "an XML declaration must be at the start of the document.",
    "text data outside of root node.",
    "XML declaration must contain a version.",
    "XML declaration is incomplete.",
]);
const MISMATCHED = /^(unexpected close tag|unmatched closing tag)/;
const CUT_OFF = /^(unclosed tag|unexpected end)/;
/** Ends a parse from inside a handler; never leaves this file. */
class Stop extends Error {
    failure;
    /** The fault lies in one place of the text: what follows may be good. */
    isLocal;
    constructor(failure, isLocal) {
        super(failure.message);
        this.failure = failure;
        this.isLocal = isLocal;
    }
}
/** Reads one document. Encoding: byte-order mark, then UTF-16 by its zero bytes, then the declaration, then UTF-8. */
export function parseXml(bytes, options = {}) {
    const bytesMax = options.bytesMax ?? BYTES_MAX;
    if (bytes.length > bytesMax) {
        const message = `the frame has ${bytes.length} bytes, and at most ${bytesMax} are read`;
        return { root: undefined, failure: new Failure("decode.limit", message), repairs: 0 };
    }
    const charset = declaredCharset(bytes) ?? charsetOf(options.contentType);
    const text = decodeText(bytes, charset).text.trimStart();
    const misfit = misfitOf(text);
    if (misfit !== undefined)
        return { root: undefined, failure: misfit, repairs: 0 };
    return new TreeBuilder(options).read(text);
}
class TreeBuilder {
    #skip;
    #depthMax;
    #elementsMax;
    #attributesMax;
    #open = [];
    #localNames = new Map();
    #root;
    #lastClosed;
    #elements = 0;
    #depth = 0;
    /** Depth of the skipped element that we are inside of; 0 when in none. */
    #skippedDepth = 0;
    #attributes;
    #attributeCount = 0;
    #repairs = 0;
    #isEnding = false;
    #records;
    /** How many elements are open around a record; 0 before the first one. */
    #ancestors = 0;
    /** Elements that were open when the reading went on behind a broken record: their end tags have no start any more. */
    #adopted = 0;
    constructor(options) {
        this.#skip = options.skip;
        this.#records = options.records ?? [];
        this.#depthMax = options.depthMax ?? DEPTH_MAX;
        this.#elementsMax = options.elementsMax ?? ELEMENTS_MAX;
        this.#attributesMax = options.attributesMax ?? ATTRIBUTES_MAX;
    }
    read(text) {
        const plain = withoutBareAmpersands(text);
        this.#repairs = plain.repairs;
        let failure;
        let broken = 0;
        for (let from = 0; from >= 0 && broken <= RESUMPTIONS_MAX;) {
            const stop = this.#readFrom(plain.text, from);
            if (stop === undefined)
                break;
            failure ??= stop.failure;
            from = stop.isLocal ? this.#resume(plain.text, from + stop.at) : -1;
            if (from >= 0)
                broken++;
            else if (stop.failure !== failure && !stop.isLocal)
                failure = stop.failure;
        }
        if (broken > 0 && failure !== undefined) {
            const message = `${failure.message} (broken records that were left out: ${broken})`;
            failure = new Failure(failure.code, message);
        }
        return { root: this.#root, failure, repairs: this.#repairs };
    }
    /** Reads up to the end (undefined) or to where the text is not well-formed. */
    #readFrom(text, from) {
        const parser = new SaxesParser({ xmlns: false, position: false, fragment: from > 0 });
        // Without prototype, so that "&constructor;" is as unknown as any other entity.
        parser.ENTITIES = Object.assign(Object.create(null), ENTITIES);
        parser.on("error", (error) => this.#onError(error.message));
        parser.on("doctype", () => this.#refuseDoctype());
        parser.on("attribute", ({ name, value }) => this.#onAttribute(name, value));
        parser.on("opentag", ({ name }) => this.#onOpen(name));
        parser.on("closetag", () => this.#onClose());
        parser.on("text", (data) => this.#onText(data));
        parser.on("cdata", (data) => this.#onText(data));
        try {
            parser.write(from > 0 ? text.slice(from) : text);
            this.#isEnding = true;
            parser.close();
        }
        catch (thrown) {
            if (!(thrown instanceof Stop))
                return { failure: this.#broken(String(thrown)), isLocal: false, at: 0 };
            return { failure: thrown.failure, isLocal: thrown.isLocal, at: parser.position };
        }
        if (this.#open.length === 0)
            return undefined;
        // The start tags of what is still open were read before the last broken record.
        return { failure: this.#truncated(), isLocal: false, at: 0 };
    }
    /** Where the next record begins, with the tree as it was before the broken one; -1 when there is none. */
    #resume(text, fault) {
        if (this.#records.length === 0)
            return -1;
        const start = `<(?:[\\w.-]{1,40}:)?(?:${this.#records.join("|")})[\\s/>]`;
        // The first record may be broken inside of its start tag, before it was ever opened.
        const opening = text.slice(Math.max(0, text.lastIndexOf("<", fault - 1)), fault);
        if (this.#ancestors === 0 && new RegExp(`^${start}`).test(opening))
            this.#ancestors = this.#open.length;
        const search = new RegExp(start, "g");
        search.lastIndex = fault;
        const next = search.exec(text);
        // A record was the child of the elements that are still open around it, or the reading does not know its place.
        if (next === null || this.#ancestors <= 0 || this.#open.length < this.#ancestors)
            return -1;
        this.#open.length = this.#ancestors;
        this.#depth = this.#open.length;
        this.#adopted = this.#open.length;
        this.#skippedDepth = 0;
        this.#attributes = undefined;
        this.#attributeCount = 0;
        this.#isEnding = false;
        return next.index;
    }
    #onAttribute(name, value) {
        if (++this.#attributeCount > this.#attributesMax) {
            this.#stop("decode.limit", `an element has more than ${this.#attributesMax} attributes`);
        }
        if (name === "xmlns" || name.startsWith("xmlns:"))
            return;
        this.#attributes ??= Object.create(null);
        this.#attributes[this.#localName(name)] = value;
    }
    #onOpen(qualifiedName) {
        if (++this.#elements > this.#elementsMax) {
            this.#stop("decode.limit", `the document has more than ${this.#elementsMax} elements`);
        }
        if (++this.#depth > this.#depthMax) {
            this.#stop("decode.limit", `the document is nested deeper than ${this.#depthMax} elements`);
        }
        const attributes = this.#attributes ?? NO_ATTRIBUTES;
        this.#attributes = undefined;
        this.#attributeCount = 0;
        if (this.#skippedDepth > 0)
            return;
        const name = this.#localName(qualifiedName);
        if (this.#skip?.has(name)) {
            this.#skippedDepth = this.#depth;
            return;
        }
        const element = { name, attributes, children: NO_CHILDREN, text: "", complete: false };
        if (this.#records.includes(name))
            this.#ancestors = this.#open.length;
        const parent = this.#open.at(-1);
        if (parent === undefined)
            this.#root ??= element;
        else if (parent.children === NO_CHILDREN)
            parent.children = [element];
        else
            parent.children.push(element);
        this.#open.push(element);
    }
    #onClose() {
        // saxes closes what is still open before it reports the end of the document: that is no end tag.
        if (this.#isEnding)
            return;
        this.#depth--;
        if (this.#skippedDepth > 0) {
            if (this.#depth < this.#skippedDepth)
                this.#skippedDepth = 0;
            return;
        }
        const element = this.#open.pop();
        if (element === undefined)
            return;
        element.text = element.text.trim();
        element.complete = true;
        this.#lastClosed = element;
    }
    #onText(text) {
        if (this.#skippedDepth > 0)
            return;
        const element = this.#open.at(-1);
        if (element === undefined)
            return;
        element.text = element.text.length === 0 ? text : element.text + text;
    }
    #onError(message) {
        const reason = message.replace(/^\d*:?\d*:? ?/, "");
        if (this.#isEnding && CUT_OFF.test(reason))
            throw new Stop(this.#truncated(), false);
        if (TOLERABLE.has(reason)) {
            this.#repairs++;
            return;
        }
        if (this.#closesAdopted(reason))
            return;
        // The parser has taken the wrong end tag for that of the innermost element before it complains.
        if (MISMATCHED.test(reason) && this.#lastClosed !== undefined)
            this.#lastClosed.complete = false;
        throw new Stop(this.#broken(reason), true);
    }
    /** The end tag of an element whose start lies before the place where the reading went on. */
    #closesAdopted(reason) {
        const element = this.#open.at(-1);
        if (element === undefined || this.#open.length > this.#adopted)
            return false;
        const name = /^unmatched closing tag: (.+)\.$/.exec(reason)?.[1];
        if (name === undefined || this.#localName(name) !== element.name)
            return false;
        this.#adopted--;
        this.#onClose();
        return true;
    }
    #truncated() {
        const message = `the XML ends inside of ${this.#path()}, before it is complete`;
        return new Failure("decode.truncated", message);
    }
    #broken(reason) {
        const message = `the XML is not well-formed in ${this.#path()}: ${reason.slice(0, 120)}`;
        return new Failure("decode.format", message);
    }
    #refuseDoctype() {
        this.#stop("decode.format", "the XML declares a DOCTYPE, which is refused because entities could expand");
    }
    #stop(code, message) {
        throw new Stop(new Failure(code, message), false);
    }
    #path() {
        const names = this.#open.slice(0, 12).map((element) => element.name);
        return names.length === 0 ? "the document" : `/${names.join("/")}`.slice(0, 200);
    }
    #localName(name) {
        let local = this.#localNames.get(name);
        if (local === undefined) {
            local = name.slice(name.indexOf(":") + 1);
            if (this.#localNames.size < NAMES_CACHED_MAX)
                this.#localNames.set(name, local);
        }
        return local;
    }
}
/** The encoding of an XML declaration in single-byte text; that of UTF-16 is told by its bytes. */
function declaredCharset(bytes) {
    const head = String.fromCharCode(...bytes.subarray(0, 200));
    return /<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1];
}
function misfitOf(text) {
    if (text.length === 0)
        return new Failure("decode.format", "the frame is empty where XML is expected");
    const start = text.slice(0, 200).toLowerCase();
    if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
        return new Failure("decode.format", "the frame is an HTML page where XML is expected; check the address");
    }
    if (start.startsWith("<"))
        return undefined;
    const what = start.startsWith("{") || start.startsWith("[") ? "JSON" : "text that does not begin with <";
    return new Failure("decode.format", `the frame is ${what} where XML is expected`);
}
const REFERENCE = /&(?:[A-Za-z_][\w.-]{0,31}|#\d{1,8}|#x[\da-fA-F]{1,6});/y;
/**
 * A bare `&` would swallow all up to the next semicolon, tags and all. In CDATA and comments it means itself. One pass:
 * a document of nothing but comment starts costs no more than any other.
 */
function withoutBareAmpersands(text) {
    let at = text.indexOf("&");
    if (at < 0)
        return { text, repairs: 0 };
    const regions = [
        { opening: "<![CDATA[", closing: "]]>", from: -1, to: -1 },
        { opening: "<!--", closing: "-->", from: -1, to: -1 },
    ];
    const pieces = [];
    let copied = 0;
    for (; at >= 0; at = text.indexOf("&", at + 1)) {
        let inside = -1;
        for (const region of regions) {
            while (region.from < text.length && region.to <= at) {
                const from = text.indexOf(region.opening, Math.max(region.to, 0));
                const to = from < 0 ? -1 : text.indexOf(region.closing, from);
                region.from = from < 0 ? text.length : from;
                region.to = to < 0 ? text.length : to;
            }
            if (region.from < at && at < region.to)
                inside = region.to;
        }
        if (inside >= 0) {
            at = inside;
            continue;
        }
        REFERENCE.lastIndex = at;
        if (REFERENCE.test(text))
            continue;
        pieces.push(text.slice(copied, at), "&amp;");
        copied = at + 1;
    }
    pieces.push(text.slice(copied));
    return { text: pieces.join(""), repairs: (pieces.length - 1) / 2 };
}
