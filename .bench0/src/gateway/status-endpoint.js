/** `GET /v1/status`: what `/status.json` answers, for whoever has the admin address only. */
export function statusEndpoint(hub) {
    return {
        method: "GET",
        path: "/v1/status",
        scope: "admin",
        summary: "The state of every feed and sink, as /status.json on the public listener.",
        handle: async () => ({
            status: 200,
            headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
            body: JSON.stringify(await hub.status()),
        }),
    };
}
