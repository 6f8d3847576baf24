import { z } from "zod";
import { parseJsonPath } from "../formats/json-path.js";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { ITEM_LENGTH_MAX, ITEMS_MAX } from "./http-poll-names.js";
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const TIMEOUT = "10s";
const jsonPath = z.string().transform((text, context) => {
    const path = text.startsWith("json:") ? parseJsonPath(text.slice(5)) : undefined;
    if (path !== undefined)
        return path;
    context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is not a place in JSON such as json:page.items or json:messages[].seq`,
    });
    return z.NEVER;
});
const place = z.string().transform((text, context) => {
    if (text.startsWith("header:") && HEADER_NAME.test(text.slice(7))) {
        return { kind: "header", name: text.slice(7).toLowerCase() };
    }
    const path = text.startsWith("json:") ? parseJsonPath(text.slice(5)) : undefined;
    if (path !== undefined)
        return { kind: "json", path };
    context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is neither header:NAME nor a place in JSON such as json:messages[].seq`,
    });
    return z.NEVER;
});
const httpUrl = z.url({ protocol: /^https?$/ });
const currentOptions = z.strictObject({
    url: httpUrl.describe("Address of the present state, at the host of `url`. {secret:NAME} works."),
    query: z
        .record(z.string().min(1), z.string())
        .default({})
        .describe("Query parameters to add to it. {secret:NAME} works."),
    after: durationOption({ minMs: 1000 })
        .prefault("1m")
        .describe("How long history was out of reach for it to be worth a request."),
});
const positionSource = z.union([
    z.enum(["last-received-ms", "last-received-s", "last-received-iso"]).transform((text) => {
        return { kind: "last-received", format: text.slice("last-received-".length) };
    }),
    place,
]);
const moreRule = z.union([
    place.transform((at) => ({ kind: "true", at })),
    z
        .strictObject({
        count: jsonPath.describe("Place of the list, or of its items with []."),
        atLeast: z.int().min(1).describe("A page of so many items is a full one."),
    })
        .transform((rule) => ({ kind: "count", path: rule.count, atLeast: rule.atLeast })),
]);
const cursorOptions = z.strictObject({
    parameter: z.string().min(1).describe("Query parameter that says where to go on from."),
    from: positionSource.describe("Where an answer states its value: json:PATH (of several values the largest), header:NAME, or the time of the " +
        "last answer: last-received-ms, last-received-s, last-received-iso."),
    start: z.string().optional().describe("The value in the very first request. Default: no parameter."),
    lookback: durationOption()
        .optional()
        .describe("For last-received: how far back the very first request reaches. Default: no parameter."),
    overlap: durationOption()
        .prefault("30s")
        .describe("For last-received: how far requests reach over the last answer; duplicates are recognised."),
    sequence: jsonPath
        .optional()
        .describe("Where messages state their number, as json:PATH, if upstream numbers them without holes: what is missing is counted as a gap."),
    more: moreRule
        .optional()
        .describe("When upstream holds more right now: json:PATH or header:NAME that is true, or { count, atLeast }."),
    current: currentOptions
        .optional()
        .describe("Where upstream tells the present state of all vehicles: asked once at the start and after a break, before the backlog is read, so that riders need not wait for it."),
});
const namesPath = z.string().transform((text, context) => {
    const path = parseJsonPath(text);
    if (path !== undefined)
        return path;
    context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is not a place in an answer such as response.routes[].id`,
    });
    return z.NEVER;
});
const planOptions = z
    .strictObject({
    items: z
        .array(z.string().trim().min(1).max(ITEM_LENGTH_MAX))
        .min(1)
        .max(ITEMS_MAX)
        .optional()
        .describe("What to ask for, such as route ids. Either this or discover."),
    discover: z
        .strictObject({
        url: httpUrl.describe("Address of the call that lists what can be asked for. {secret:NAME} works."),
        query: z
            .record(z.string().min(1), z.string())
            .default({})
            .describe("Query parameters to add to it. {secret:NAME} works."),
        path: namesPath.describe("Where its answer, JSON or XML, names the items: response.routes[].id. In XML the path begins with the root."),
        every: durationOption({ minMs: 60_000 })
            .prefault("24h")
            .describe("How often it is asked; in between, and after a restart, the last list holds."),
        expected: z
            .int()
            .min(1)
            .max(ITEMS_MAX)
            .optional()
            .describe("How many items it is likely to name, so that a check can say what the plan costs."),
    })
        .optional()
        .describe("The call that lists the items. Either this or items."),
    maxPerCall: z.int().min(1).max(1000).default(10).describe("How many items one call may name."),
    separator: z.string().min(1).max(20).default(",").describe("What stands between two items."),
    quiet: z
        .strictObject({
        path: namesPath.describe("Where an answer names the item that each vehicle belongs to: response.vehicle[].rt."),
        after: z.int().min(1).max(100).default(3).describe("Empty answers in a row that make an item quiet."),
        max: durationOption({ minMs: 1000, maxMs: 86_400_000 })
            .prefault("5m")
            .describe("A quiet item is asked for at least this often."),
    })
        .optional()
        .describe("Ask less often for items that have no vehicles. Default: every sweep asks for everything."),
    reportEvery: durationOption({ minMs: 1000 })
        .prefault("30s")
        .describe("How often a vehicle reports to upstream, for the ages that a check states."),
})
    .refine((plan) => (plan.items === undefined) !== (plan.discover === undefined), {
    message: "a plan has either items: [...] or discover: { url, path }",
});
export const optionsSchema = z
    .strictObject({
    url: httpUrl.describe("Address. {secret:NAME} in it stands for a secret of the upstream, {items} for the items of one call of a plan."),
    method: z.enum(["GET", "POST"]).optional().describe("Default: POST where there is a body, else GET."),
    every: durationOption({ minMs: 100 })
        .prefault("30s")
        .describe("Wanted time between two polls, or two sweeps of a plan; the budget may stretch it."),
    query: z
        .record(z.string().min(1), z.string())
        .default({})
        .describe("Query parameters to add. {secret:NAME} stands for a secret of the upstream."),
    headers: z
        .record(z.string().regex(HEADER_NAME), z.string())
        .default({})
        .describe("Headers to send. {secret:NAME} stands for a secret of the upstream."),
    body: z
        .string()
        .optional()
        .describe("Body of a POST. {secret:NAME} stands for a secret of the upstream."),
    contentType: z.string().optional().describe("Media type of that body. Default application/json."),
    conditional: z
        .boolean()
        .default(true)
        .describe("Send If-None-Match and If-Modified-Since, so that an unchanged feed costs no bytes."),
    bodyLimit: bytesOption({ minBytes: 1024 })
        .prefault("32MiB")
        .describe("Largest answer, after decompression."),
    connectTimeout: durationOption({ minMs: 1 }).prefault(TIMEOUT).describe("For the connection to be made."),
    headersTimeout: durationOption({ minMs: 1 })
        .prefault(TIMEOUT)
        .describe("From the request sent to the first byte of the answer."),
    bodyTimeout: durationOption({ minMs: 1 })
        .prefault(TIMEOUT)
        .describe("Between two pieces of the answer's body."),
    redirects: z.int().min(0).max(5).default(0).describe("Redirects to follow. 0 refuses them."),
    cursor: cursorOptions
        .optional()
        .describe("For feeds that keep history and can be asked from a place on."),
    plan: planOptions
        .optional()
        .describe("For feeds that take several calls to ask for: each names some of the items, in place of {items}."),
})
    .refine((options) => options.method !== "GET" || options.body === undefined, {
    message: "a GET request has no body: leave method or body out",
    path: ["body"],
})
    .refine(({ plan, cursor }) => plan === undefined || cursor === undefined, {
    message: "a plan asks for the present, and a cursor for history: leave one of them out",
    path: ["cursor"],
})
    .refine(({ url, cursor }) => cursor?.current === undefined || originOf(cursor.current.url) === originOf(url), {
    message: "the present state is asked for at the host of url, since keys go nowhere else",
    path: ["cursor", "current", "url"],
})
    .superRefine((options, context) => {
    const texts = [options.url, options.body ?? "", ...Object.values(options.query)];
    const isNamed = texts.some((text) => text.includes("{items}"));
    if (isNamed === (options.plan !== undefined))
        return;
    context.addIssue({
        code: "custom",
        path: [isNamed ? "url" : "plan"],
        message: isNamed
            ? "{items} stands for the items of a plan, and there is no plan"
            : "the items of the plan are asked for nowhere: write {items} in url, query or body",
    });
});
function originOf(url) {
    return new URL(url.replace(/\{[^{}]*\}/g, "x")).origin;
}
