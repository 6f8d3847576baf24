import { join } from "node:path";
import { Failure } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { classifyThrownForHarness, createUpstream, retryAfterOf, } from "../resilience/index.js";
const BYTES_MAX = 4 * 1024 ** 3;
const ATTEMPT_MS = 10 * MINUTE_MS;
const JOB_MS = 20 * MINUTE_MS;
const HASTY_MS = 2 * MINUTE_MS;
/** A schedule behind a URL: asked for with conditional requests, downloaded to the disk piece by piece. */
export class ScheduleDownload {
    name;
    /** Breaker, budgets and retries. */
    upstream;
    #options;
    #path;
    constructor(options) {
        const { agency, url, directory, runtime, upstream, isHasty = false } = options;
        this.#options = options;
        this.#path = join(directory, `schedule-${agency}.download`);
        // The path and the query may hold a key.
        this.name = URL.canParse(url) ? new URL(url).origin : "its URL";
        const resilience = {
            fallback: false,
            bulkhead: { limit: 1, queueMax: 1 },
            timeout: isHasty ? { attemptMs: HASTY_MS, jobMs: HASTY_MS } : { attemptMs: ATTEMPT_MS, jobMs: JOB_MS },
            ...(isHasty && { retry: { maxRetries: 0 } }),
            classify: classifyThrownForHarness,
            ...upstream,
        };
        this.upstream = createUpstream(`schedule:${agency}`, resilience, runtime);
    }
    async look(mark, signal) {
        const { url, runtime } = this.#options;
        const known = validatorsIn(mark, url);
        const response = await this.upstream.execute(async (attempt) => {
            const file = await this.#emptyFile();
            try {
                const answer = await runtime.http.request({
                    method: "GET",
                    url,
                    signal: attempt.signal,
                    headers: headersFor(known),
                    bodyMaxBytes: BYTES_MAX,
                    bodyTimeoutMs: 30 * SECOND_MS,
                    redirectsMax: 5,
                    bodyTo: (piece) => file.append(piece),
                });
                attempt.addBytes(answer.wireBytes);
                const { status, body } = answer;
                if (status !== 200 && status !== 304)
                    throw failureOf(answer, this.name, runtime.clock.now());
                if (status === 200 && body.length > 0)
                    await file.append(body);
                return answer;
            }
            finally {
                await file.close();
            }
        }, { signal });
        if (response.status === 304) {
            await runtime.files.remove(this.#path);
            return undefined;
        }
        const { etag, "last-modified": lastModified } = response.headers;
        const next = { url, etag, lastModified };
        const { files } = runtime;
        return {
            path: this.#path,
            mark: JSON.stringify(next),
            isSettled: true,
            done: () => files.remove(this.#path),
        };
    }
    /** What an attempt before left behind is no part of the next one. */
    async #emptyFile() {
        const { runtime, directory } = this.#options;
        await runtime.files.makeDirectory(directory);
        await runtime.files.remove(this.#path);
        return runtime.files.openAppend(this.#path);
    }
}
function headersFor(known) {
    return {
        ...(known?.etag !== undefined && { "if-none-match": known.etag }),
        ...(known?.lastModified !== undefined && { "if-modified-since": known.lastModified }),
    };
}
function validatorsIn(mark, url) {
    if (mark === undefined)
        return undefined;
    try {
        const known = JSON.parse(mark);
        return known.url === url ? known : undefined;
    }
    catch {
        // A mark of a local file, from before the place was changed: nothing is known of this one.
        return undefined;
    }
}
function failureOf(answer, name, now) {
    const { status } = answer;
    const [code, mend] = status === 401 || status === 403 || status === 407
        ? ["http.unauthorized", "check the key in the URL of the schedule"]
        : status === 404 || status === 410
            ? ["http.not_found", "check the URL of the schedule"]
            : status === 408 || status === 425 || status === 429 || status >= 500
                ? ["http.transient", "it will be asked again"]
                : ["http.rejected", "check the URL of the schedule"];
    const waitMs = retryAfterOf(answer.headers, now);
    return new Failure(code, `${name} answered ${status} when it was asked for the schedule; ${mend}`, {
        details: { status },
        ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    });
}
