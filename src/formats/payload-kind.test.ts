import { describe, expect, it } from "vitest";
import { beginsLikeJson } from "./payload-kind.js";

describe("kind of a payload", () => {
	it("knows JSON by its first sign, in any encoding", () => {
		const json = ["{}", "[1]", " \r\n\t{", "\uFEFF{}"].flatMap((text) => [
			Buffer.from(text, "utf8"),
			Buffer.from(text, "utf16le"),
			Buffer.from(text, "utf16le").swap16(),
		]);
		for (const bytes of json) expect(beginsLikeJson(bytes)).toBe(true);
		for (const text of ["", "<a/>", "\uFEFF<a/>", "a{", `${" ".repeat(100)}{`]) {
			expect(beginsLikeJson(Buffer.from(text))).toBe(false);
		}
	});
});
