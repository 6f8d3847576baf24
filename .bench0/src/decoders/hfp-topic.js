const LENGTH_MAX = 1024;
/*
 * Version 2: /hfp/v2/{journey type}/{temporal type}/{event}/{mode}/{company}/{vehicle}/{route}/{direction}/{headsign}/
 *            {start}/{next stop}/{geohash level}/{geohash...}
 * Version 1: /hfp/journey/{mode}/{company and vehicle}/{route}/{direction}/{headsign}/{start}/{next stop}/{geohash...}
 */
/** Reads a topic of either version; undefined where it is none. A headsign may hold slashes. */
export function readHfpTopic(topic) {
    if (topic.length > LENGTH_MAX)
        return undefined;
    const parts = topic.split("/").map((part) => part.trim());
    const root = parts.indexOf("hfp");
    if (root < 0)
        return undefined;
    if (parts[root + 1] === "v2") {
        return {
            mode: present(parts[root + 5]),
            company: unpadded(parts[root + 6]),
            vehicle: unpadded(parts[root + 7]),
            ...journeyOf(parts, root + 8),
        };
    }
    // Version 1 writes the company as the first four of nine digits, or the vehicle's number alone.
    const joined = parts[root + 3] ?? "";
    const hasCompany = /^\d{9}$/.test(joined);
    return {
        mode: present(parts[root + 2]),
        company: hasCompany ? unpadded(joined.slice(0, 4)) : undefined,
        vehicle: unpadded(hasCompany ? joined.slice(4) : joined),
        ...journeyOf(parts, root + 4),
    };
}
/** From the route on. The start time is the last part that looks like one, since a headsign could look like one too. */
function journeyOf(parts, from) {
    const start = parts.findLastIndex((part, at) => at >= from + 2 && /^\d\d:\d\d$/.test(part));
    const headsign = start < 0 ? undefined : parts.slice(from + 2, start).join("/");
    return {
        routeId: present(parts[from]),
        direction: present(parts[from + 1]),
        headsign: present(headsign),
        start: start < 0 ? undefined : parts[start],
        nextStop: start < 0 ? undefined : present(parts[start + 1]),
    };
}
function present(part) {
    const trimmed = part?.trim();
    return trimmed === undefined || trimmed.length === 0 || /^X{3,}$/.test(trimmed) ? undefined : trimmed;
}
function unpadded(part) {
    return present(part)?.replace(/^0+(?=\d)/, "");
}
