import { Failure } from "../model/failure.js";
import { type IssueDetail, type IssueList, LETTERS_SHOWN_MAX } from "../operations/dead-letters.js";
import { type Endpoint, type EndpointResponse, problem } from "../runtime/endpoint.js";

/** Dead letters of the running hub, for reading. */
export interface DeadLetterReader {
	list(all: boolean): Promise<IssueList>;
	/** Rejects with `request.invalid` when there is no such issue. */
	show(issue: string, limit: number | undefined): Promise<IssueDetail>;
}

/** `GET /v1/dead-letters?all=1` and `GET /v1/dead-letters/ISSUE?limit=`. */
export function deadLetterEndpoints(reader: DeadLetterReader): readonly Endpoint[] {
	return [
		{
			method: "GET",
			path: "/v1/dead-letters",
			scope: "admin",
			summary: "Dead letters by cause.",
			handle: async ({ query }) => json(await reader.list(query["all"] === "1")),
		},
		{
			method: "GET",
			path: "/v1/dead-letters/:issue",
			scope: "admin",
			summary: "One cause with some of its dead letters.",
			handle: async ({ params, query }) => {
				const { limit } = query;
				if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && +limit >= 1 && +limit <= LETTERS_SHOWN_MAX))
					return problem(400, "Bad question", `limit is 1 to ${LETTERS_SHOWN_MAX}.`);
				return answering("Unknown issue", 404, () =>
					reader.show(params["issue"] ?? "", limit === undefined ? undefined : Number(limit)),
				);
			},
		},
	];
}

/** What was asked wrongly becomes a problem document; what we did wrongly stays ours. */
export async function answering(
	title: string,
	status: number,
	work: () => Promise<unknown>,
): Promise<EndpointResponse> {
	try {
		return json(await work());
	} catch (thrown) {
		if (thrown instanceof Failure && thrown.code === "request.invalid")
			return problem(status, title, thrown.message);
		if (thrown instanceof Failure && thrown.code === "request.conflict")
			return problem(409, "Not now", thrown.message);
		throw thrown;
	}
}

function json(value: unknown): EndpointResponse {
	return {
		status: 200,
		headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
		body: JSON.stringify(value),
	};
}
