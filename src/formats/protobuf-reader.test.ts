import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtobufReader, StringMemo } from "./protobuf-reader.js";
import { ProtobufWriter } from "./protobuf-writer.js";

function reader(...bytes: number[]): ProtobufReader {
	return new ProtobufReader(Uint8Array.from(bytes));
}

describe("reading the protobuf wire format", () => {
	it.each([
		[[0], 0],
		[[127], 127],
		[[0x80, 0x01], 128],
		[[0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
		[[0x80, 0x80, 0x80, 0x80, 0x10], 2 ** 32],
		[[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 53 - 1],
		[[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 2 ** 64],
		[[0x80, 0x80, 0x00], 0],
	])("varint %j is %d", (bytes, value) => {
		const one = reader(...bytes);
		expect(one.varint()).toBe(value);
		expect(one.broken).toBeUndefined();
		expect(one.position).toBe(bytes.length);
	});

	it("negative numbers take ten bytes, as int32 and as int64", () => {
		const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
		expect(reader(...minusOne).int32()).toBe(-1);
		expect(reader(...minusOne).int64()).toBe(-1);
		// What writers of uint32 make of -1.
		expect(reader(0xff, 0xff, 0xff, 0xff, 0x0f).int32()).toBe(-1);
	});

	it("says what is impossible, and stands at the end", () => {
		const tooLong = reader(...new Array(11).fill(0xff));
		tooLong.varint();
		expect(tooLong.broken).toContain("more than ten bytes");
		expect(tooLong.position).toBe(11);
		const cut = reader(0x80);
		cut.varint();
		expect(cut.broken).toBe("the bytes end in the middle of a value at byte 0");
		for (const read of [() => cut.float(), () => cut.double(), () => cut.string(), () => cut.skip(1)]) read();
		expect(cut.broken).toBe("the bytes end in the middle of a value at byte 0");
		const long = reader(0x05, 0x41);
		expect(long.string()).toBe("");
		expect(long.broken).toBe("a length of 5 where 1 bytes are left at byte 1");
	});

	it("reads nothing beyond its limit", () => {
		const one = reader(0x03, 0x41, 0x42, 0x43);
		one.limit = 3;
		expect(one.string()).toBe("");
		expect(one.broken).toBeDefined();
		expect(one.position).toBe(3);
	});

	it("passes over fields of every type, and over groups in groups", () => {
		const fields = [0x08, 0x80, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2, 9, 9, 0x25, 1, 2, 3, 4];
		const group = [0x2b, ...fields, 0x33, 0x08, 0x01, 0x34, 0x2c];
		const one = reader(...fields, ...group);
		while (one.position < one.limit) one.skip(one.varint());
		expect(one.broken).toBeUndefined();
	});

	it.each([
		["a wire type that does not exist", [0x0e], "wire type 6"],
		["the end of a group that never began", [0x0c], "never began"],
		["groups without end", new Array(200).fill(0x0b), "nested deeper"],
		["a group that is cut", [0x0b, 0x08], "the bytes end"],
	])("stops at %s", (_, bytes, words) => {
		const one = reader(...bytes);
		one.skip(one.varint());
		expect(one.broken).toContain(words);
		expect(one.position).toBe(bytes.length);
	});

	it("reads text as UTF-8, whatever is in it", () => {
		for (const text of ["", "ascii", "Déviation", "🚌", "x".repeat(300), "\u0000"]) {
			const writer = new ProtobufWriter(4);
			writer.string(10, text);
			const one = new ProtobufReader(writer.finish());
			one.varint();
			expect(one.string()).toBe(text);
		}
		expect(reader(0x02, 0xc3, 0x28).string()).toBe("\uFFFD(");
	});

	it("remembers short strings without ever mixing them up", () => {
		const memo = new StringMemo();
		fc.assert(
			fc.property(
				fc.array(fc.string({ maxLength: 3, unit: "binary-ascii" }), { maxLength: 200 }),
				(texts) => {
					for (const text of texts) {
						const bytes = Buffer.from(`x${text}y`);
						expect(memo.read(bytes, 1, bytes.length - 1)).toBe(text);
					}
				},
			),
		);
	});

	it("reads back whatever was written", () => {
		const field = fc.oneof(
			fc.record({ kind: fc.constant("varint"), value: fc.integer({ min: 0, max: 2 ** 48 }) }),
			fc.record({ kind: fc.constant("int64"), value: fc.maxSafeInteger() }),
			fc.record({ kind: fc.constant("int32"), value: fc.integer() }),
			fc.record({ kind: fc.constant("double"), value: fc.double({ noNaN: true }) }),
			fc.record({ kind: fc.constant("float"), value: fc.float({ noNaN: true }) }),
			fc.record({ kind: fc.constant("string"), value: fc.string({ unit: "grapheme", maxLength: 200 }) }),
		);
		fc.assert(
			fc.property(fc.array(field), (fields) => {
				const writer = new ProtobufWriter(1);
				const outer = writer.begin(18);
				for (const { kind, value } of fields) {
					if (kind === "string") writer.string(10, value as string);
					else if (kind === "double") writer.double(9, value as number);
					else if (kind === "float") writer.float(13, value as number);
					else writer.varint(8, value as number);
				}
				writer.end(outer);
				const one = new ProtobufReader(writer.finish());
				expect(one.varint()).toBe(18);
				expect(one.lengthDelimited()).toBe(one.limit);
				for (const { kind, value } of fields) {
					one.varint();
					expect(one[kind as "varint"]()).toEqual(value);
				}
				expect(one.broken).toBeUndefined();
				expect(one.position).toBe(one.limit);
			}),
		);
	});
});
