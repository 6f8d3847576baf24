/**
 * Calls to something that fails now and then, and that we must not hurt: `createUpstream`, `syncJob`. Depends on the
 * model's failures and on the runtime's clock and chance, and on nothing else.
 */
export { classifyThrown, classifyThrownForHarness, createHttpJudge, retryAfterOf } from "./classify.js";
export { createUpstream } from "./create-upstream.js";
export { Refusal, } from "./result.js";
export { parseHttpDate, parseRetryAfter } from "./retry-after.js";
