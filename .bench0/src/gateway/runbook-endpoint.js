import { fileURLToPath } from "node:url";
import { problem } from "../runtime/endpoint.js";
/** Where the package has them. */
const RUNBOOKS = fileURLToPath(new URL("../../docs/runbooks/", import.meta.url));
/** Names of alerts, with or without the end of their file: never a path. */
const NAME = /^([a-z][a-z-]{0,60})(\.md)?$/;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "max-age=3600",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};
/** What to do about an alert, as messages link to it: the page of the documentation, of this very version. */
export function runbookEndpoint(files) {
    return {
        method: "GET",
        path: "/runbooks/:name",
        scope: "public",
        summary: "What to do about an alert: docs/runbooks of this version.",
        handle: async ({ params }) => {
            const [, name] = NAME.exec(params["name"] ?? "") ?? [];
            try {
                if (name !== undefined) {
                    const text = new TextDecoder().decode(await files.read(`${RUNBOOKS}${name}.md`));
                    return { status: 200, headers: HEADERS, body: page(name, text) };
                }
            }
            catch {
                // No such file: there is no alert of that name, which is said below.
            }
            return problem(404, "No such runbook", "wayside alert ls names the alerts that are open, each with its runbook");
        },
    };
}
/** Text as it is written, wrapped for a telephone. */
function page(name, text) {
    const safe = text.replace(/[&<>]/g, (one) => ESCAPES[one] ?? one);
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Runbook: ${name}</title>
<style>body{max-width:48rem;margin:1rem auto;padding:0 1rem;line-height:1.5}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>
</head><body><main><pre>${safe}</pre></main></body></html>
`;
}
