import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isValid } from "./check-payload.js";
import { isContract, readContract } from "./read-contract.js";

/** Schemas of keywords that fit to their type: what does not is refused before anything is checked. */
const number = fc.integer({ min: -3, max: 3 });
const name = fc.constantFrom("a", "b", "c");
const count = fc.integer({ min: 0, max: 2 });
const schema = fc.letrec<{ any: unknown }>((tie) => {
	const any = tie("any");
	const some = (requiredKeys: string[], shape: Record<string, fc.Arbitrary<unknown>>) =>
		fc.record(shape, { requiredKeys });
	const type = (words: string) => fc.constant(words);
	const numeric = some(["type"], {
		type: fc.constantFrom("number", "integer"),
		minimum: fc.constantFrom(-2, 0),
		maximum: fc.constantFrom(0, 2),
		exclusiveMinimum: fc.constantFrom(-1, 0),
		multipleOf: fc.constantFrom(0.5, 2),
	});
	const text = some(["type"], {
		type: type("string"),
		minLength: count,
		pattern: fc.constantFrom("^a", "b$", "[ab]{2}"),
	});
	const list = some(["type"], {
		type: type("array"),
		items: any,
		prefixItems: fc.array(any, { minLength: 1, maxLength: 2 }),
		maxItems: fc.constantFrom(1, 3),
		uniqueItems: fc.boolean(),
	});
	// Beside prefixItems, Ajv takes an empty list for one that contains something; the specification does not.
	const container = some(["type", "contains"], {
		type: type("array"),
		contains: any,
		maxContains: fc.constantFrom(1, 2),
	});
	const object = some(["type"], {
		type: type("object"),
		properties: fc.dictionary(name, any, { maxKeys: 3 }),
		patternProperties: fc.dictionary(fc.constantFrom("^a$", "b|c"), any, { maxKeys: 1 }),
		additionalProperties: any,
		propertyNames: fc.constantFrom({ pattern: "[abc]" }, { maxLength: 0 }, true),
		dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), { maxKeys: 1 }),
		dependentSchemas: fc.dictionary(name, any, { maxKeys: 1 }),
		maxProperties: count,
	});
	const combined = some([], {
		allOf: fc.array(any, { minLength: 1, maxLength: 2 }),
		anyOf: fc.array(any, { minLength: 1, maxLength: 2 }),
		oneOf: fc.array(any, { minLength: 1, maxLength: 2 }),
		not: any,
		if: any,
		// biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
		then: any,
		else: any,
		enum: fc.uniqueArray(fc.oneof(number, name, fc.constant(null)), { minLength: 1, maxLength: 3 }),
		const: fc.oneof(number, name),
		$ref: fc.constantFrom("#/$defs/text", "#/$defs/pair"),
	});
	return {
		any: fc.oneof({ maxDepth: 3 }, fc.boolean(), numeric, text, list, container, object, combined),
	};
}).any;
const value = fc.letrec<{ any: unknown }>((tie) => ({
	any: fc.oneof(
		{ maxDepth: 3 },
		number,
		fc.constantFrom(0.5, "", "a", "ab", "bb", true, false, null),
		fc.array(tie("any"), { maxLength: 3 }),
		fc.dictionary(name, tie("any"), { maxKeys: 3 }),
	),
})).any;

const $defs = {
	text: { type: "string", minLength: 1 },
	pair: { type: "object", required: ["a"], properties: { a: { $ref: "#/$defs/text" } } },
};

/** Undefined where the code that Ajv made names a variable that it did not declare, as in a `contains` that nothing meets in an `else`. */
function answerOf(check: (one: unknown) => unknown, one: unknown): unknown {
	try {
		return check(one);
	} catch (error) {
		if (error instanceof ReferenceError) return undefined;
		throw error;
	}
}

const BEYOND_AJV = {
	not: true,
	if: { type: "string" },
	else: { type: "array", contains: { type: "array", contains: false } },
	$ref: "#/$defs/pair",
};

it("agrees with Ajv on what is valid", () => {
	let compared = 0;
	fc.assert(
		fc.property(schema, fc.array(value, { minLength: 4, maxLength: 4 }), (made, values) => {
			const document = { $defs, allOf: [made], "x-contract": { feed: "f", version: 1 } };
			const read = readContract(document);
			// A schema that contradicts itself is refused; Ajv takes some of them.
			if (!isContract(read)) return;
			const check = new Ajv2020({ strict: false, logger: false }).compile(document);
			for (const one of values) {
				const theirs = answerOf(check, one);
				if (theirs === undefined) continue;
				compared++;
				expect([made, one, isValid(read.root, one)]).toEqual([made, one, theirs]);
			}
		}),
		{
			numRuns: 400,
			examples: [[BEYOND_AJV, [[0, [], 0, []], [], "a", { a: "a" }]]],
		},
	);
	expect(compared).toBeGreaterThan(500);
});
