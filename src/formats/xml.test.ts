import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	attributeOf,
	childOf,
	childrenOf,
	elementFromJson,
	parseXml,
	plainOf,
	textAt,
	type XmlElement,
} from "./xml.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string) => parseXml(bytes(text));

function depthOf(element: XmlElement): number {
	return 1 + Math.max(0, ...element.children.map(depthOf));
}

describe("XML tree", () => {
	it("knows elements and attributes by local name, whatever the prefix or the default namespace", () => {
		const spellings = [
			"<a><b c='1'> x </b></a>",
			"<p:a xmlns:p='urn:x'><p:b p:c='1'>x</p:b></p:a>",
			"<a xmlns='urn:x'><b xmlns='urn:y' c='1'>x</b></a>",
			"<q:a><q:b q:c='1'>x</q:b></q:a>",
		];
		for (const text of spellings) {
			const { root, failure } = read(text);
			expect(failure).toBeUndefined();
			expect(root?.name).toBe("a");
			expect(textAt(root, "b")).toBe("x");
			expect(attributeOf(childOf(root, "b") as XmlElement, "c")).toBe("1");
		}
	});

	it("reads every encoding that a feed comes in", () => {
		const text = '<?xml version="1.0" encoding="ENCODING"?><a>Lagårdsveien</a>';
		const utf16 = Buffer.from(`\uFEFF${text.replace("ENCODING", "utf-16")}`, "utf16le");
		const cases: [string, Uint8Array][] = [
			["UTF-8", bytes(text.replace("ENCODING", "utf-8"))],
			["UTF-8 with a mark", bytes(`\uFEFF${text.replace("ENCODING", "utf-8")}`)],
			["UTF-16 LE with a mark", utf16],
			["UTF-16 LE without one", utf16.subarray(2)],
			["UTF-16 BE with a mark", Buffer.from(utf16).swap16()],
			["ISO-8859-1", Buffer.from(text.replace("ENCODING", "ISO-8859-1"), "latin1")],
			["windows-1252", Buffer.from(text.replace("ENCODING", "windows-1252"), "latin1")],
			["UTF-8 that claims to be UTF-16, as .NET writes it", bytes(text.replace("ENCODING", "utf-16"))],
		];
		for (const [name, encoded] of cases) {
			const { root, failure } = parseXml(encoded);
			expect([name, failure?.message, root?.text]).toEqual([name, undefined, "Lagårdsveien"]);
		}
		const declaredOutside = parseXml(Buffer.from("<a>Lagårdsveien</a>", "latin1"), {
			contentType: "text/xml; charset=ISO-8859-1",
		});
		expect(declaredOutside.root?.text).toBe("Lagårdsveien");
	});

	it("expands nothing but the five entities and character references", () => {
		expect(read("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>").root?.text).toBe("<&>\"'AB");
		expect(read("<a>&constructor;&nbsp;</a>").root?.text).toBe("&constructor;&nbsp;");
		const laughs = `<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "${"&l;".repeat(1000)}">]><a>&m;</a>`;
		expect(read(laughs).root).toBeUndefined();
		expect(read(laughs).failure?.code).toBe("decode.format");
		expect(read(laughs).failure?.message).toContain("DOCTYPE");
		expect(read('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>').failure?.message).toContain("DOCTYPE");
	});

	it("mends a bare ampersand, which would swallow tags up to the next semicolon", () => {
		const { root, failure, repairs } = read(
			"<a><b>5th & Main</b><!-- x & y --><c><![CDATA[1 & 2]]></c><d>R&D; &#8364; & &amp;</d></a>",
		);
		expect(failure).toBeUndefined();
		expect(textAt(root, "b")).toBe("5th & Main");
		expect(textAt(root, "c")).toBe("1 & 2");
		expect(textAt(root, "d")).toBe("R&D; € & &");
		expect(repairs).toBe(3);
	});

	it("gives what was complete before the cut, and marks what was not", () => {
		const { root, failure } = read("<s><v><id>1</id></v><v><id>2</id></v><v><id>3</id><lat>4");
		expect(failure?.code).toBe("decode.truncated");
		expect(failure?.message).toContain("/s/v/lat");
		expect(root?.complete).toBe(false);
		expect(childrenOf(root, "v").map((v) => [textAt(v, "id"), v.complete])).toEqual([
			["1", true],
			["2", true],
			["3", false],
		]);
	});

	it("stops where the tags do not match, and does not trust the element that was closed wrongly", () => {
		const { root, failure } = read("<s><v><id>1</id></v><v><id>2</ie></v><v><id>3</id></v></s>");
		expect(failure?.code).toBe("decode.format");
		expect(failure?.message).toContain("/s/v");
		expect(childrenOf(root, "v").map((v) => v.complete)).toEqual([true, false]);
		expect(read("<a/><b/>").failure?.code).toBe("decode.format");
	});

	it("goes on at the next record behind a broken one, with the elements around it as they were", () => {
		const records = ["v", "time"];
		const good = (id: string) => `<p:v n="${id}"><p:id>${id}</p:id></p:v>`;
		const broken = [
			"<p:v><p:id>2</p:ie></p:v>",
			"<p:v><p:id>2</p:v>",
			'<p:v n="2 m="3"><p:id>2</p:id></p:v>',
			"<p:v><p:id>2</p:id></p:w>",
			"<p:v><p:id>2</<p:id></p:v>",
			"<p:v><p:id <</p:id></p:v>",
		];
		for (const record of broken) {
			const text = `<r><p:list>${good("1")}${record}${good("3")}${good("4")}<p:time>9</p:time></p:list><end>x</end></r>`;
			const { root, failure } = parseXml(bytes(text), { records });
			const list = childOf(root, "list");
			const read = childrenOf(list, "v").filter((v) => v.complete);
			expect([record, read.map((v) => textAt(v, "id"))]).toEqual([record, ["1", "3", "4"]]);
			expect([textAt(list, "time"), textAt(root, "end")]).toEqual(["9", "x"]);
			expect([root?.complete, list?.complete]).toEqual([true, true]);
			expect(failure?.code).toBe("decode.format");
			expect(failure?.message).toContain("left out: 1");
			// Without the name of the records, nothing behind the fault is trusted.
			expect(childOf(parseXml(bytes(text)).root, "list")?.complete).toBe(false);
		}
		const cut = parseXml(bytes(`<r><list>${good("1")}<p:v></x>${good("3")}<p:v>`), { records });
		expect(cut.failure?.code).toBe("decode.truncated");
		expect(childrenOf(childOf(cut.root, "list"), "v").map((v) => v.complete)).toEqual([
			true,
			false,
			true,
			false,
		]);
		const many = parseXml(bytes(`<r>${"<v></x>".repeat(5000)}</r>`), { records });
		expect(many.failure?.code).toBe("decode.format");
	});

	it("bounds bytes, depth, elements and attributes", () => {
		const limits = { bytesMax: 1000, depthMax: 5, elementsMax: 20, attributesMax: 3 };
		const codes = [
			"<a>".repeat(6),
			`<a>${"<b/>".repeat(20)}</a>`,
			"<a b='1' c='1' d='1' e='1'/>",
			`<a>${"x".repeat(1000)}</a>`,
			`<a>${"<skipped><b/></skipped>".repeat(20)}</a>`,
		].map((text) => parseXml(bytes(text), { ...limits, skip: new Set(["skipped"]) }).failure?.code);
		expect(codes).toEqual(Array(5).fill("decode.limit"));
	});

	it("leaves out the subtrees that nobody asked for", () => {
		const { root } = parseXml(bytes("<a><skip><b>1</b><skip/></skip><c>2</c><skip/><d>3</d></a>"), {
			skip: new Set(["skip"]),
		});
		expect(root?.children.map((child) => child.name)).toEqual(["c", "d"]);
	});

	it("says what came instead of XML", () => {
		expect(read("").failure?.message).toContain("empty");
		expect(read(' {"a":1}').failure?.message).toContain("JSON");
		expect(read("<!doctype html><p>").failure?.message).toContain("HTML");
		expect(read("<HTML><body>").failure?.message).toContain("HTML");
		expect(read("Not Found").failure?.code).toBe("decode.format");
	});

	it("shows an element as plain values, and JSON as elements", () => {
		const { root } = read("<v id='1'><a>x</a><a>y</a><b/><c n='2'>z</c></v>");
		expect(plainOf(root as XmlElement)).toEqual({ id: "1", a: ["x", "y"], b: "", c: { n: "2", value: "z" } });
		const tree = elementFromJson("j", {
			a: ["x", { value: "y", lang: "en" }],
			b: { c: 1.5, d: null, e: true },
		});
		expect(childrenOf(tree, "a").map((a) => a.text)).toEqual(["x", "y"]);
		expect([textAt(tree, "b", "c"), textAt(tree, "b", "d"), textAt(tree, "b", "e")]).toEqual([
			"1.5",
			undefined,
			"true",
		]);
		let deep: unknown = "x";
		for (let at = 0; at < 1000; at++) deep = { deep };
		expect(depthOf(elementFromJson("j", deep))).toBeLessThan(70);
	});

	it("never throws, and never reads more elements than it may", () => {
		const piece = fc.constantFrom(
			"<a>",
			"</a>",
			"<b x='1'>",
			"</b>",
			"<c/>",
			"text",
			"&",
			"&amp;",
			"&#x",
			"<![CDATA[",
			"]]>",
			"<!--",
			"-->",
			"<?pi ?>",
			"<",
			">",
			'"',
			"\u0000",
			"\uD800",
			"<a:b xmlns:a=''>",
			"<!DOCTYPE a>",
			"=",
			"é",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
				const { root, failure } = parseXml(bytes(pieces.join("")), {
					depthMax: 8,
					elementsMax: 40,
					records: ["b"],
				});
				if (root !== undefined) expect(depthOf(root)).toBeLessThanOrEqual(8);
				if (failure === undefined) expect(root?.complete).toBe(true);
			}),
			{ numRuns: 500 },
		);
	});

	it("takes a time that grows no faster than the document, whatever it is made of", () => {
		const hostile = [
			"<!--",
			"<![CDATA[",
			"&",
			"&a",
			"<!-- & ",
			"<a &",
			"]]>",
			"&amp;<!--",
			"<a><!--&--></a>",
		];
		for (const piece of hostile) {
			const { failure } = parseXml(bytes(`<r>${piece.repeat(200_000)}`), { bytesMax: 1 << 28 });
			expect(failure).toBeDefined();
		}
	});
});
