/** 2^30 times any base exceeds every cap that can be configured; larger exponents would overflow to infinity. */
const EXPONENT_MAX = 30;
/**
 * Jitter D (rule 13): uniform in [hi / 5, hi] with hi = min(cap, 3 * base * 2^(retry - 1)). The range is capped before the
 * draw and nothing is clamped after it, so that clients at the cap stay spread. `draw` is uniform in [0, 1).
 */
export function delayD(retry, baseMs, capMs, draw) {
    const exponent = Math.min(EXPONENT_MAX, Math.max(0, retry - 1));
    const hi = Math.min(capMs, 3 * baseMs * 2 ** exponent);
    return hi * (0.2 + 0.8 * draw);
}
/**
 * How long a job stays away after a Retry-After (rule 14): what was asked plus up to a tenth of it, at least up to
 * `baseMs`, so that nobody comes early and not everybody at once.
 */
export function holdFor(retryAfterMs, baseMs, draw) {
    return retryAfterMs + draw * Math.max(baseMs, retryAfterMs / 10);
}
