import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charsetOf, decodeText, linesOf } from "./text.js";

const bytes = (...values: number[]) => new Uint8Array(values);

describe("text", () => {
	it("reads UTF-8 with and without a mark", () => {
		expect(decodeText(bytes(0xef, 0xbb, 0xbf, 0x41))).toEqual({
			text: "A",
			encoding: "utf-8",
			damaged: false,
		});
		expect(decodeText(Buffer.from("Hämeentie"))).toEqual({
			text: "Hämeentie",
			encoding: "utf-8",
			damaged: false,
		});
		expect(decodeText(bytes()).text).toBe("");
	});

	it("reads UTF-16 of both orders, with and without a mark", () => {
		const little = Buffer.from('{"a":1}', "utf16le");
		const big = Buffer.from(little).swap16();
		for (const [raw, encoding] of [
			[little, "utf-16le"],
			[big, "utf-16be"],
		] as const) {
			const mark = encoding === "utf-16le" ? [0xff, 0xfe] : [0xfe, 0xff];
			expect(decodeText(raw)).toMatchObject({ text: '{"a":1}', encoding });
			expect(decodeText(bytes(...mark, ...raw))).toMatchObject({ text: '{"a":1}', encoding });
		}
	});

	it("keeps UTF-8 where one byte is broken, and takes single-byte text for what it is", () => {
		const broken = Buffer.concat([Buffer.from("Hämeentie "), bytes(0xff), Buffer.from(" Väli")]);
		expect(decodeText(broken)).toEqual({ text: "Hämeentie \uFFFD Väli", encoding: "utf-8", damaged: true });
		expect(decodeText(Buffer.from("Orléans", "latin1"))).toEqual({
			text: "Orléans",
			encoding: "windows-1252",
			damaged: true,
		});
	});

	it("believes a declared charset, unless a mark contradicts or the name is unknown", () => {
		expect(decodeText(Buffer.from("é", "latin1"), "ISO-8859-1")).toMatchObject({ text: "é", damaged: false });
		expect(decodeText(bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa9), "iso-8859-1").text).toBe("é");
		expect(decodeText(Buffer.from("é"), "x-none").text).toBe("é");
		expect(charsetOf('text/xml; Charset="utf-8"; a=b')).toBe("utf-8");
		expect(charsetOf("text/xml")).toBeUndefined();
		expect(charsetOf("text/xml; charset=")).toBeUndefined();
		expect(charsetOf(undefined)).toBeUndefined();
	});

	it("splits lines of every kind, and stops at its limit", () => {
		expect([...linesOf("a\nb\r\nc\rd")]).toEqual(["a", "b", "c", "d"]);
		expect([...linesOf("a\n\n")]).toEqual(["a", ""]);
		expect([...linesOf("a\nb\nc", 2)]).toEqual(["a", "b"]);
		expect([...linesOf("")]).toEqual([]);
	});

	it("is total, and gives back every well-formed text", () => {
		fc.assert(
			fc.property(fc.uint8Array(), (raw) => {
				expect(typeof decodeText(raw).text).toBe("string");
			}),
		);
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
				fc.pre(!text.includes("\u0000") && !text.startsWith("\uFEFF"));
				expect(decodeText(Buffer.from(text)).text).toBe(text);
			}),
		);
	});
});
