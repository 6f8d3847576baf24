import { dirname, join } from "node:path";
import { Failure, type FailureCode } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import {
	classifyThrownForHarness,
	createUpstream,
	retryAfterOf,
	type Upstream,
	type UpstreamOptions,
} from "../resilience/index.js";
import type { HttpResponse } from "../runtime/http.js";
import type { Runtime } from "../runtime/runtime.js";
import type { PlacedFeed, SchedulePlace } from "../schedule/schedule-place.js";

export interface ScheduleDownloadOptions {
	readonly agency: string;
	readonly url: string;
	/** The folder of the store: a download lies in it while it is read. */
	readonly directory: string;
	readonly runtime: Runtime;
	/** How its breaker persists and tells. */
	readonly upstream: Pick<UpstreamOptions, "persist" | "onEvent">;
}

/** What the server said of the content, to ask only for what is newer. */
interface Validators {
	readonly url: string;
	readonly etag?: string | undefined;
	readonly lastModified?: string | undefined;
}

const BYTES_MAX = 4 * 1024 ** 3;
const ATTEMPT_MS = 10 * MINUTE_MS;
const JOB_MS = 20 * MINUTE_MS;

/** A schedule behind a URL: asked for with conditional requests, downloaded to the disk piece by piece. */
export class ScheduleDownload implements SchedulePlace {
	readonly name: string;
	/** Breaker, budgets and retries. */
	readonly upstream: Upstream;
	readonly #options: ScheduleDownloadOptions;
	readonly #path: string;

	constructor(options: ScheduleDownloadOptions) {
		const { agency, url, directory, runtime, upstream } = options;
		this.#options = options;
		this.#path = join(directory, `schedule-${agency}.download`);
		this.name = serverOf(url);
		const resilience = {
			fallback: false as const,
			bulkhead: { limit: 1, queueMax: 1 },
			timeout: { attemptMs: ATTEMPT_MS, jobMs: JOB_MS },
			classify: classifyThrownForHarness,
			...upstream,
		};
		this.upstream = createUpstream(`schedule:${agency}`, resilience, runtime);
	}

	async look(mark: string | undefined, signal: AbortSignal): Promise<PlacedFeed | undefined> {
		const { url, runtime } = this.#options;
		const known = validatorsIn(mark, url);
		const response = await this.upstream.execute(
			async (attempt) => {
				const ask = { url, path: this.#path, name: this.name, headers: headersFor(known), runtime };
				const answer = await fetchSchedule(ask, attempt.signal);
				attempt.addBytes(answer.wireBytes);
				return answer;
			},
			{ signal },
		);
		if (response.status === 304) {
			await runtime.files.remove(this.#path);
			return undefined;
		}
		const { etag, "last-modified": lastModified } = response.headers;
		const next: Validators = { url, etag, lastModified };
		const { files } = runtime;
		return {
			path: this.#path,
			mark: JSON.stringify(next),
			isSettled: true,
			done: () => files.remove(this.#path),
		};
	}
}

export interface ScheduleAsk {
	readonly url: string;
	/** The file that is written; what an attempt before left behind is no part of it. */
	readonly path: string;
	/** What messages call the server. */
	readonly name: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly runtime: Runtime;
}

/** Asks once, and writes the answer to the disk piece by piece. Answers 200 or 304, else rejects with the mend. */
export async function fetchSchedule(
	{ url, path, name, headers, runtime }: ScheduleAsk,
	signal: AbortSignal,
): Promise<HttpResponse> {
	await runtime.files.makeDirectory(dirname(path));
	await runtime.files.remove(path);
	const file = await runtime.files.openAppend(path);
	try {
		const answer = await runtime.http.request({
			method: "GET",
			url,
			signal,
			headers,
			bodyMaxBytes: BYTES_MAX,
			bodyTimeoutMs: 30 * SECOND_MS,
			redirectsMax: 5,
			bodyTo: (piece) => file.append(piece),
		});
		const { status, body } = answer;
		if (status !== 200 && status !== 304) throw failureOf(answer, name, runtime.clock.now());
		if (status === 200 && body.length > 0) await file.append(body);
		return answer;
	} finally {
		await file.close();
	}
}

/** The server alone: the path and the query of a URL may hold a key. */
export function serverOf(url: string): string {
	return URL.canParse(url) ? new URL(url).origin : "its URL";
}

function headersFor(known: Validators | undefined): Record<string, string> {
	return {
		...(known?.etag !== undefined && { "if-none-match": known.etag }),
		...(known?.lastModified !== undefined && { "if-modified-since": known.lastModified }),
	};
}

function validatorsIn(mark: string | undefined, url: string): Validators | undefined {
	if (mark === undefined) return undefined;
	try {
		const known = JSON.parse(mark) as Validators;
		return known.url === url ? known : undefined;
	} catch {
		// A mark of a local file, from before the place was changed: nothing is known of this one.
		return undefined;
	}
}

function failureOf(answer: HttpResponse, name: string, now: number): Failure {
	const { status } = answer;
	const [code, mend]: readonly [FailureCode, string] =
		status === 401 || status === 403 || status === 407
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
