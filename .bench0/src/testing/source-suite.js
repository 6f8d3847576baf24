import { expect, it } from "vitest";
import { z } from "zod";
import { Failure } from "../model/failure.js";
import { nodeChance, nodeClock } from "../runtime/node-clock.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createNodeHttp } from "../runtime/node-http.js";
/** A word that stands for every secret of a suite: it may leave on the wire and in no other place. */
export const SECRET = "hunter2-do-not-show";
const http = createNodeHttp({ proxy: "none" });
/** The real world without proxies, which is all that a source under test may touch. */
export const testRuntime = {
    clock: nodeClock,
    chance: nodeChance,
    http,
    files: createNodeFiles(),
};
export function sourceContext(overrides = {}) {
    return {
        feed: "test-feed",
        runtime: testRuntime,
        baseDirectory: ".",
        secrets: {},
        receive: () => Promise.reject(new Failure("bug", "only push sources receive")),
        ...overrides,
    };
}
export function createFrom(suite, overrides = {}) {
    const definition = suite.definition;
    const context = sourceContext({ ...suite.context?.(), ...overrides });
    return definition.create(definition.options.parse(suite.options()), context);
}
export function describeDefinition(suite) {
    const { definition } = suite;
    it("is described, frozen and strict about its options", () => {
        expect(Object.isFrozen(definition)).toBe(true);
        expect(definition.type).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(definition.summary).toMatch(/^[A-Z].*\.$/);
        const schema = z.toJSONSchema(definition.options, { io: "input" });
        expectDescribed(schema, definition.type);
        expect(schema.additionalProperties).toBe(false);
        const options = suite.options();
        expect(definition.options.safeParse({ ...options, noSuchOption: 1 }).success).toBe(false);
    });
    it.each(Object.entries(suite.refused))("refuses options: %s", (_, options) => {
        expect(definition.options.safeParse(options).success).toBe(false);
    });
}
function expectDescribed(schema, place) {
    const { properties, anyOf } = schema;
    for (const [name, inner] of Object.entries(properties ?? {})) {
        expect(inner.description, `${place}.${name}`).toMatch(/\S/);
        expectDescribed(inner, `${place}.${name}`);
    }
    for (const inner of anyOf ?? [])
        expectDescribed(inner, place);
}
export function expectFrame(frame) {
    expect(frame.bytes).toBeInstanceOf(Uint8Array);
    expect(Number.isSafeInteger(frame.receivedTime)).toBe(true);
    expect(frame.connection.length).toBeGreaterThan(0);
    expectNoSecret(frame.connection);
    expectNoSecret(JSON.stringify(frame.meta ?? {}));
    expect(frame.contentType ?? "a/b").toMatch(/^[^;\s]+$/);
}
export function expectNoSecret(value) {
    const { message, details } = (typeof value === "object" ? (value ?? {}) : { message: value });
    expect(`${message} ${JSON.stringify(details ?? {})}`).not.toContain(SECRET);
}
