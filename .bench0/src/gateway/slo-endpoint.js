/** `GET /v1/slo`: what `wayside slo` shows. */
export function sloEndpoint(hub) {
    return {
        method: "GET",
        path: "/v1/slo",
        scope: "admin",
        summary: "Service-level objectives over 28 days: share, error budget and how fast it burns.",
        handle: async () => ({
            status: 200,
            headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
            body: JSON.stringify((await hub.status()).slos ?? []),
        }),
    };
}
