import { Failure } from "../model/failure.js";
export function failureToWire({ code, message, retryAfterMs }) {
    return { code, message, retryAfterMs };
}
export function failureFromWire({ code, message, retryAfterMs }) {
    return new Failure(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}
