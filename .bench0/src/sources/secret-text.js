import { Failure } from "../model/failure.js";
/** A text of the options with each `{secret:NAME}` in it replaced. */
export function withSecrets(text, { feed, secrets }, encode = (value) => value) {
    return text.replace(/\{secret:([^{}]+)\}/g, (_, name) => {
        const value = secrets[name];
        if (value !== undefined)
            return encode(value);
        throw new Failure("config.invalid", `Feed ${feed} uses {secret:${name}}, but its upstream has no secret of that name; ` +
            `add  secrets: { ${name}: { env: VARIABLE } }  to the upstream`);
    });
}
