import { textOf } from "./json.js";
/** Longer than any id, name or code of a feed; a text beyond it is another field that slipped in, or an attack. */
const TEXT_LENGTH_MAX = 256;
/**
 * An id, a name or a code as upstream spells it, without blanks around it. Empty text and the format's own words for
 * "unknown" are absent; what is no text, or too long, is removed and flagged.
 */
export function vendorText(value, absent, flags) {
    if (value === undefined || value === null)
        return undefined;
    const text = textOf(value);
    if (text === undefined) {
        if (typeof value !== "string")
            flags.add("value_removed");
        return undefined;
    }
    if (absent.has(text))
        return undefined;
    if (text.length <= TEXT_LENGTH_MAX)
        return text;
    flags.add("value_removed");
    return undefined;
}
