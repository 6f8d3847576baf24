import { DAY_MS } from "../model/units.js";
/** What guards, contract and calendar say of an upstream, for the status page; nothing where all is well. */
export function qualityWords({ quality, deprecations = [] }, now) {
    const words = [];
    for (const { guard, sentence } of quality?.alarms ?? [])
        words.push(`guard ${guard}: ${sentence}`);
    const contract = quality?.contract;
    if (contract !== undefined) {
        const { contract: name, records, refusedRecords, refusedPayloads, lackingRecords, breaches } = contract;
        const sums = [
            refusedRecords > 0 ? `${count(refusedRecords)} refused` : "",
            lackingRecords > 0 ? `${count(lackingRecords)} without a value` : "",
            refusedPayloads > 0 ? `${count(refusedPayloads)} payloads refused` : "",
        ].filter((sum) => sum !== "");
        words.push(`contract ${name}: ${[`${count(records)} records`, ...sums].join(", ")}`);
        for (const { path, message, count: times } of breaches.slice(0, 3))
            words.push(`${path} ${message} (${count(times)} times)`);
    }
    for (const { time, what } of [...deprecations].sort((a, b) => a.time - b.time)) {
        const days = Math.ceil((time - now) / DAY_MS);
        words.push(days > 0 ? `${what} ends in ${days} days` : `${what} has ended`);
    }
    return words;
}
function count(number) {
    return number.toLocaleString("en-US");
}
