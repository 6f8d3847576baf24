/** An RFC 9457 problem document. `type` is `about:blank` unless the problem has a page of its own. */
export function problem(status, title, detail, more = {}) {
    const { headers, type, ...extensions } = more;
    return {
        status,
        headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
        body: JSON.stringify({ type: type ?? "about:blank", title, status, detail, ...extensions }),
    };
}
