const PERSONAL = /driver|drvr|chauffeur|operator|^oper|^oid$|employee|staff|payroll|badge|crew|conductor|person|phone|e-?mail|pass[-_ ]?n(?:o|um)|first[-_ ]?name|last[-_ ]?name/i;
const SECRET = /key|token|secret|password|passwd|authori[sz]ation|signature|credential/i;
const SAMPLE_LENGTH_MAX = 1024;
const DEPTH_MAX = 6;
/**
 * A value as JSON for a dead letter, a tap or a log line: fields whose name says that they hold a person or a secret are
 * masked, depth is bounded, and the text is cut at 1 KiB. It errs on the side of masking too much.
 */
export function maskedSample(value) {
    let text;
    try {
        text = JSON.stringify(masked(value, 0)) ?? "null";
    }
    catch {
        text = '"a value that cannot be shown as JSON"';
    }
    return text.length <= SAMPLE_LENGTH_MAX ? text : `${text.slice(0, SAMPLE_LENGTH_MAX)}…`;
}
/** A stretch of a payload without what is in it: names of fields stay, letters and digits of values do not. */
export function maskedPayload(bytes) {
    return new TextDecoder()
        .decode(bytes)
        .split(/("[A-Za-z_][\w .:-]{0,63}"\s*:|<\/?[A-Za-z][\w:.-]*)/)
        .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/\p{L}/gu, "x").replaceAll(/\d/g, "0")))
        .join("");
}
function masked(value, depth) {
    if (typeof value === "bigint")
        return String(value);
    if (typeof value !== "object" || value === null)
        return value;
    if (depth >= DEPTH_MAX)
        return "…";
    if (Array.isArray(value))
        return value.slice(0, 20).map((element) => masked(element, depth + 1));
    const result = {};
    for (const [name, inner] of Object.entries(value).slice(0, 60)) {
        result[name] = PERSONAL.test(name) || SECRET.test(name) ? "***" : masked(inner, depth + 1);
    }
    return result;
}
