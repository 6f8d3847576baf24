import { problem } from "../runtime/endpoint.js";
/** `GET /v1/shadow?feed=`: what `wayside shadow report` shows. */
export function shadowEndpoint(shadows) {
    return {
        method: "GET",
        path: "/v1/shadow",
        scope: "admin",
        summary: "What candidates for another decoder or contract give, beside what is read now.",
        handle: async ({ query: { feed } }) => {
            const all = shadows();
            const reports = feed === undefined ? all : all.filter((one) => one.feed === feed);
            if (feed !== undefined && reports.length === 0) {
                const names = [...new Set(all.map((one) => one.feed))].join(", ") || "none";
                return problem(404, "No candidate", `Feed "${feed}" has no candidate. Feeds that have one: ${names}.`);
            }
            return {
                status: 200,
                headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
                body: JSON.stringify(reports),
            };
        },
    };
}
