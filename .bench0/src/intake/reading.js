import { Failure, messageOf } from "../model/failure.js";
const NO_NEWS = Object.freeze([]);
/**
 * Reads a frame. Decoders promise never to throw; one that breaks its promise costs its frame, not the hub. `isPast`: it was
 * read before, and what the contract says of it is no news.
 */
export function readFrame({ decoder, contract, healer }, sent, isPast = false) {
    const bytesMended = healer?.mended(sent) ?? sent.bytes;
    const frame = bytesMended === sent.bytes ? sent : { ...sent, bytes: bytesMended };
    if (contract === undefined)
        return { decoded: decodeTotally(decoder, frame), contractNews: NO_NEWS };
    const { bytes, receivedTime, contentType, meta } = frame;
    const decoded = decodeTotally(decoder, {
        bytes,
        receivedTime,
        contentType,
        meta,
        inspect: contract.inspect,
    });
    const verdict = contract.take(receivedTime, isPast);
    return { decoded: judged(decoded, verdict), contractNews: verdict.news };
}
const NO_CANDIDATE_NEWS = Object.freeze([]);
/** Reads a frame also as the candidate does, if there is one, and takes of both what counts. */
export function readChosen(reader, frame, isPast = false) {
    const { candidate, personal, guards, monotonic = () => 0 } = reader;
    if (candidate === undefined)
        return { ...readFrame(reader, frame, isPast), candidateNews: NO_CANDIDATE_NEWS };
    const began = monotonic();
    const { decoded: current, contractNews } = readFrame(reader, frame, isPast);
    const between = monotonic();
    const { decoded: theirs } = readFrame(candidate, frame, isPast);
    const ended = monotonic();
    const { receivedTime } = frame;
    const pair = { current, candidate: theirs, receivedTime };
    const { decoded, isTheirs, news } = isPast
        ? candidate.past(current, theirs, receivedTime)
        : candidate.take({ ...pair, currentMs: between - began, candidateMs: ended - between }, personal, guards);
    return { decoded, contractNews, candidateNews: news, isTheirs };
}
function decodeTotally(decoder, input) {
    try {
        return decoder.decode(input);
    }
    catch (thrown) {
        return {
            items: [],
            failure: new Failure("decode.crash", `The decoder threw: ${messageOf(thrown)}. Report this frame.`),
        };
    }
}
function judged(decoded, { refusal, refused, lacking, isPartial }) {
    if (refusal !== undefined)
        return { headerTime: decoded.headerTime, items: [], failure: new Failure("contract.refused", refusal) };
    if (lacking === undefined && refused.length === 0)
        return decoded;
    const items = decoded.items.map((item) => flagged(item, lacking, decoded.items));
    // Behind what was read, in the order of the payload: the same bytes give the same items.
    for (const { message, sample } of refused)
        items.push({ kind: "rejection", code: "contract.refused", message, ...(sample !== "" && { sample }) });
    // Who was refused is still there: only a frame that was read as a whole says who has gone.
    return { ...decoded, items, ...(isPartial && decoded.complete === true && { complete: false }) };
}
function flagged(item, lacking, all) {
    if (lacking === undefined || item.kind === "rejection")
        return item;
    const isMeant = lacking === "all" || isNamed(item, lacking) || !all.some((one) => isNamed(one, lacking));
    return isMeant ? { ...item, flags: [...(item.flags ?? []), "contract_value"] } : item;
}
function isNamed(item, ids) {
    if (item.kind === "rejection" || item.kind === "service_alert" || item.kind === "detour")
        return false;
    const { vehicleId, vehicleLabel, tripId } = item;
    return ((vehicleId !== undefined && ids.has(vehicleId)) ||
        (vehicleLabel !== undefined && ids.has(vehicleLabel)) ||
        (tripId !== undefined && ids.has(tripId)));
}
