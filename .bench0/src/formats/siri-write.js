const NAMESPACE = "http://www.siri.org.uk/siri";
/** What SIRI Lite writes as a list, also when there is one of it or none. */
const LISTS = new Set(["VehicleMonitoringDelivery", "VehicleActivity"]);
// XML 1.0, 2.2: all else no document can hold, not even escaped.
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#13;",
};
/** The start of a document, to which `siriEnd` belongs. */
export function siriStart(version) {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Siri xmlns="${NAMESPACE}" version="${version}">`;
}
export const SIRI_END = "</Siri>\n";
export function siriXml(nodes) {
    let text = "";
    for (const [name, content] of nodes) {
        if (content === undefined || (Array.isArray(content) && content.length === 0))
            continue;
        text += `<${name}>${Array.isArray(content) ? siriXml(content) : xmlText(String(content))}</${name}>`;
    }
    return text;
}
/** The members of a JSON object, without the braces around them, as SIRI Lite has them: references are plain text. */
export function siriJson(nodes) {
    const members = [];
    for (const [name, content] of nodes) {
        if (content === undefined || (Array.isArray(content) && content.length === 0))
            continue;
        const value = Array.isArray(content) ? `{${siriJson(content)}}` : JSON.stringify(content);
        members.push(`"${name}":${LISTS.has(name) ? `[${value}]` : value}`);
    }
    return members.join(",");
}
/** A duration of SIRI; one before zero has its sign in front of the P. */
export function siriDuration(seconds) {
    const whole = Math.round(seconds);
    return `${whole < 0 ? "-" : ""}PT${Math.abs(whole)}S`;
}
function xmlText(text) {
    return text.replace(NOT_XML, "\ufffd").replace(/[&<>"\r]/g, (sign) => ESCAPES[sign] ?? sign);
}
