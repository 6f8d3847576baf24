import { Failure } from "../model/failure.js";
import { failureFromAnswer } from "./http-answer.js";
/** A secret of the upstream, or the place for the items of one call. */
const PLACEHOLDER = /\{secret:([^{}]+)\}|\{items\}/g;
const AS_IT_IS = (value) => value;
/** Puts the requests of one address together, and keeps what is secret in them out of everything that is shown. */
export class Asker {
    /** Method, host and path: what may be shown. */
    label;
    #options;
    #context;
    #separator;
    /** What the format of the answers needs, and the address lacks. */
    #needed;
    #headers;
    #hidden;
    constructor(options, context) {
        this.#options = options;
        this.#context = context;
        this.#separator = options.plan?.separator ?? ",";
        const shown = new URL(options.url.replace(PLACEHOLDER, "***"));
        this.label = `${methodOf(options)} ${shown.origin}${shown.pathname}`;
        this.#needed = neededBy(context.requestRule, options, shown);
        this.#headers = this.#baseHeaders();
        const parameters = new URL(this.#url([], undefined)).searchParams;
        this.#hidden = [...Object.values(context.secrets), ...parameters.values(), shown.password]
            .filter((value) => value.length >= 4)
            .flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
    }
    request({ signal, items = [], parameter, headers }) {
        const options = this.#options;
        return {
            method: methodOf(options),
            url: this.#url(items, parameter),
            headers: { ...this.#headers, ...headers },
            ...(options.body === undefined ? {} : { body: this.#body(options.body, items) }),
            signal,
            connectTimeoutMs: options.connectTimeout,
            headersTimeoutMs: options.headersTimeout,
            bodyTimeoutMs: options.bodyTimeout,
            bodyMaxBytes: options.bodyLimit,
            redirectsMax: options.redirects,
        };
    }
    frame(response, receivedTime, meta) {
        const contentType = contentTypeOf(response);
        return {
            bytes: response.body,
            receivedTime,
            connection: this.label,
            ...(contentType === undefined ? {} : { contentType }),
            ...(meta === undefined ? {} : { meta }),
        };
    }
    /** What an answer without data means. */
    failure(response, now) {
        return failureFromAnswer(response, this.label, now, (text) => this.#scrub(text));
    }
    #url(items, parameter) {
        const { url: template, query } = this.#options;
        const url = new URL(this.#filled(template, items, encodeURIComponent));
        for (const [name, value] of Object.entries(query)) {
            url.searchParams.set(name, this.#filled(value, items, AS_IT_IS));
        }
        for (const [name, value] of Object.entries(this.#needed))
            url.searchParams.set(name, value);
        if (parameter !== undefined)
            url.searchParams.set(...parameter);
        return url.href;
    }
    #body(template, items) {
        const isJson = /json/i.test(this.#headers["content-type"] ?? "");
        const quoted = (value) => JSON.stringify(value).slice(1, -1);
        const joined = items.map(isJson ? quoted : AS_IT_IS).join(this.#separator);
        return this.#filled(template, [joined], AS_IT_IS);
    }
    #baseHeaders() {
        const { body, contentType, headers } = this.#options;
        const result = {
            "user-agent": "wayside",
            "accept-encoding": "gzip, deflate, br",
            ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
        };
        for (const [name, value] of Object.entries(headers)) {
            result[name.toLowerCase()] = this.#filled(value, [], AS_IT_IS);
        }
        return result;
    }
    #filled(text, items, encode) {
        return text.replace(PLACEHOLDER, (_, name) => {
            if (name === undefined)
                return items.map(encode).join(this.#separator);
            const value = this.#context.secrets[name];
            if (value !== undefined)
                return encode(value);
            throw new Failure("config.invalid", `Feed ${this.#context.feed} uses {secret:${name}}, but its upstream has no secret of that name; ` +
                `add  secrets: { ${name}: { env: VARIABLE } }  to the upstream`);
        });
    }
    /** An error page may quote the request: what is secret in it is masked before anybody sees it. */
    #scrub(text) {
        return this.#hidden.reduce((result, value) => result.replaceAll(value, "***"), text);
    }
}
export function contentTypeOf(response) {
    const type = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    return type === "" ? undefined : type;
}
function methodOf(options) {
    return options.method ?? (options.body === undefined ? "GET" : "POST");
}
/** Checks an address against the rule of its format; answers the parameters to add. @throws Failure `config.invalid` */
function neededBy(rule, { url, query, plan }, shown) {
    if (rule === undefined || shown.pathname.split("/").at(-1) !== rule.call)
        return {};
    const template = new URL(url);
    const parameters = new Map([...template.searchParams, ...Object.entries(query)]);
    const named = rule.oneOf.filter((name) => (parameters.get(name) ?? "") !== "");
    const [name, other] = named;
    const refuse = (message) => new Failure("config.invalid", `${rule.call} ${message}`);
    if (name === undefined) {
        throw refuse(`needs the parameter ${rule.oneOf.join(" or ")}: write ${rule.oneOf[0]}={items} and give a plan, ` +
            `or list at most ${rule.itemsMax}`);
    }
    if (other !== undefined)
        throw refuse(`reads only the first of ${named.join(" and ")}: leave one of them out`);
    const value = parameters.get(name) ?? "";
    const asked = value.includes("{items}") ? plan?.maxPerCall : value.split(rule.separator).length;
    if ((asked ?? 1) > rule.itemsMax) {
        throw refuse(`takes at most ${rule.itemsMax} of ${name} in a call, and this asks for ${asked}; ` +
            (plan === undefined
                ? `use a plan with maxPerCall: ${rule.itemsMax}`
                : `set maxPerCall: ${rule.itemsMax}`));
    }
    return Object.fromEntries(Object.entries(rule.query).filter(([key]) => !parameters.has(key)));
}
