import { formatIsoTime } from "../../formats/iso-time.js";
import { MPS_PER_KMH, MPS_PER_KNOT, MPS_PER_MPH, SECOND_MS } from "../../model/units.js";
import { said } from "./page.js";
const COMPANY = 40;
const DAY_S = 86_400;
/** Where a device speaks that has no id of its own, its address is one. */
const NETWORK = "10.20";
/** HFP: a message a report, whose topic names the vehicle; a list of both where it is all said at once. */
export const HFP = {
    contentType: "application/json",
    isSnapshot: false,
    write: (page, speech) => bytesOf(said(page, speech).map((report) => ({ topic: topicOf(report), payload: payloadOf(report, speech) }))),
    messages: (page, speech) => said(page, speech).map((report) => ({
        bytes: bytesOf(payloadOf(report, speech)),
        meta: { topic: topicOf(report) },
    })),
};
/** Sentences of GPS devices: each one a message, from a device with an address of its own. */
export function createNmeaVoice() {
    return sentences((report, speech) => rmc(report, speech));
}
/** Position sentences with the id of the vehicle, in whole miles (or kilometres) per hour. */
export function createTaipVoice(options) {
    const { speed, leapSeconds } = options;
    const unitMps = speed === "mph" ? MPS_PER_MPH : MPS_PER_KMH;
    return {
        ...sentences((report, speech) => rpv(report, speech, unitMps, leapSeconds)),
        speedWithinMps: unitMps / 2 + 0.05,
    };
}
function sentences(write) {
    const messages = (page, speech) => said(page, speech).map((report) => ({
        bytes: new TextEncoder().encode(`${write(report, speech)}\r\n`),
        meta: { sender: `${addressOf(report)}:5001` },
    }));
    return {
        contentType: "text/plain",
        isSnapshot: false,
        write: (page, speech) => Buffer.concat(messages(page, speech).map(({ bytes }) => bytes)),
        messages,
    };
}
function payloadOf({ vehicle, state, statedTime, isBad }, speech) {
    const speed = speech === "unit" ? state.speedMps / MPS_PER_MPH : state.speedMps;
    const fields = {
        desi: vehicle.city.line.gtfsRouteId,
        dir: state.directionId === 0 ? "1" : "2",
        oper: COMPANY,
        veh: Number(vehicle.vehicleId),
        tst: formatIsoTime(statedTime),
        tsi: Math.floor(statedTime / SECOND_MS),
        spd: Number(speed.toFixed(2)),
        hdg: Math.round(state.headingDeg) % 360,
        lat: state.latitude,
        long: state.longitude,
        route: vehicle.city.line.gtfsRouteId,
        loc: "GPS",
    };
    // The name of the event is what says that it is one.
    return { [isBad || speech === "renamed" ? "position" : "VP"]: fields };
}
function topicOf({ vehicle, state }) {
    const route = vehicle.city.line.gtfsRouteId;
    const owner = String(COMPANY).padStart(4, "0");
    const direction = state.directionId + 1;
    return `/hfp/v2/journey/ongoing/vp/bus/${owner}/${vehicle.vehicleId.padStart(5, "0")}/${route}/${direction}/Drill/07:00/1`;
}
function rmc({ state, statedTime, isBad }, speech) {
    if (isBad || speech === "renamed")
        return "$GPRMC,no time";
    const iso = formatIsoTime(statedTime);
    const clock = iso.slice(11, 19).replaceAll(":", "");
    const date = `${iso.slice(8, 10)}${iso.slice(5, 7)}${iso.slice(2, 4)}`;
    const knots = state.speedMps / MPS_PER_KNOT / (speech === "unit" ? MPS_PER_MPH : 1);
    const place = `${minutesOf(state.latitude, 2, "NS")},${minutesOf(state.longitude, 3, "EW")}`;
    const body = `GPRMC,${clock}.00,A,${place},${knots.toFixed(2)},${(state.headingDeg % 360).toFixed(1)},${date},,`;
    let sum = 0;
    for (const character of body)
        sum ^= character.charCodeAt(0);
    return `$${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}`;
}
/** `4151.686600,N`: whole degrees and minutes. */
function minutesOf(degrees, digits, sides) {
    const all = Math.round(Math.abs(degrees) * 60 * 1e6) / 1e6;
    const whole = Math.floor(all / 60);
    const minutes = (all - whole * 60).toFixed(6).padStart(9, "0");
    return `${String(whole).padStart(digits, "0")}${minutes},${sides[degrees < 0 ? 1 : 0]}`;
}
function rpv({ vehicle, state, statedTime, isBad }, speech, unitMps, leapSeconds) {
    if (isBad || speech === "renamed")
        return `>RPVno time;ID=${vehicle.vehicleId}<`;
    const second = (Math.floor(statedTime / SECOND_MS) + leapSeconds) % DAY_S;
    const speed = Math.round(state.speedMps / unitMps / (speech === "unit" ? MPS_PER_MPH : 1));
    const fields = [
        String(second).padStart(5, "0"),
        signed(state.latitude, 7),
        signed(state.longitude, 8),
        String(speed).padStart(3, "0"),
        String(Math.round(state.headingDeg) % 360).padStart(3, "0"),
        "12",
    ];
    return `>RPV${fields.join("")};ID=${vehicle.vehicleId}<`;
}
/** In hundred-thousandths of a degree. */
function signed(degrees, digits) {
    const size = String(Math.round(Math.abs(degrees) * 1e5)).padStart(digits, "0");
    return `${degrees < 0 ? "-" : "+"}${size}`;
}
function addressOf({ vehicle: { index } }) {
    return `${NETWORK}.${Math.floor(index / 200)}.${(index % 200) + 1}`;
}
function bytesOf(value) {
    return new TextEncoder().encode(JSON.stringify(value));
}
