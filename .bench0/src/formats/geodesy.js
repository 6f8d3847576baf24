import proj4 from "proj4";
import { messageOf } from "../model/failure.js";
const SYSTEMS = {
    // Rijksdriehoek, the Netherlands. Rotations are in arc seconds, position vector convention.
    "28992": {
        definition: "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 " +
            "+ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283," +
            "-1.87740163998045,4.0725 +units=m +no_defs",
        x: [-7000, 300_000],
        y: [289_000, 629_000],
    },
    // Lambert-93, France.
    "2154": {
        definition: "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 " +
            "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs",
        x: [-400_000, 1_400_000],
        y: [5_900_000, 7_300_000],
    },
    // British National Grid.
    "27700": {
        definition: "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy " +
            "+towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m +no_defs",
        x: [-100_000, 800_000],
        y: [-100_000, 1_350_000],
    },
    // NTF Lambert zone II extended, France before 2009.
    "27572": {
        definition: "+proj=lcc +lat_1=46.8 +lat_0=46.8 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=2200000 +a=6378249.2 " +
            "+b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris +units=m +no_defs",
        x: [-100_000, 1_400_000],
        y: [1_500_000, 2_800_000],
    },
};
const ALIASES = {
    LAMBERT93: "2154",
    LAMBERTIIETENDU: "27572",
    RD: "28992",
    OSGB36: "27700",
};
const GEOGRAPHIC = new Set(["4326", "WGS84", "CRS84", "4258", "REAL"]);
/** True when latitude and longitude can be a place where a vehicle is: finite, in range, and not the 0,0 of a dead receiver. */
export function isPosition(latitude, longitude) {
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && !(latitude === 0 && longitude === 0);
}
/** Why a proj4 definition cannot be used; undefined when it can. */
export function projectionFault(definition) {
    try {
        const [x, y] = proj4(definition, "WGS84").forward([0, 0]);
        return typeof x === "number" && typeof y === "number" ? undefined : "it gives no coordinates";
    }
    catch (thrown) {
        return messageOf(thrown);
    }
}
/** Reads positions of any coordinate system by its name; definitions of further ones may be added. */
export class Geodesy {
    #added;
    #converters = new Map();
    /** @param added proj4 definitions by srsName, such as `{"EPSG:31370": "+proj=lcc …"}`. */
    constructor(added = {}) {
        this.#added = new Map(Object.entries(added).map(([name, definition]) => [codeOf(name), definition]));
    }
    /** True when positions in the system can be read. */
    knows(srsName) {
        const code = codeOf(srsName);
        return GEOGRAPHIC.has(code) || this.#added.has(code) || Object.hasOwn(SYSTEMS, code);
    }
    /**
     * WGS84 of a point; undefined when the system is not known or the point cannot lie in it.
     * `x` is the first number as written. For WGS84 itself `EPSG:4326` is read as longitude, latitude, as it is mostly
     * meant, and `urn:ogc:def:crs:EPSG::4326` as latitude, longitude, as the authority defines it.
     */
    toWgs84(srsName, x, y) {
        if (!Number.isFinite(x) || !Number.isFinite(y))
            return undefined;
        const code = codeOf(srsName);
        if (GEOGRAPHIC.has(code)) {
            const isLatitudeFirst = /^(urn:|https?:)/i.test(srsName.trim()) && code !== "CRS84";
            return checked(isLatitudeFirst ? x : y, isLatitudeFirst ? y : x);
        }
        const system = SYSTEMS[code];
        const added = this.#added.get(code);
        const definition = added ?? system?.definition;
        if (definition === undefined)
            return undefined;
        if (added === undefined && system !== undefined && !(within(x, system.x) && within(y, system.y)))
            return undefined;
        let converter = this.#converters.get(code);
        if (converter === undefined) {
            converter = proj4(definition, "WGS84");
            this.#converters.set(code, converter);
        }
        const [longitude = Number.NaN, latitude = Number.NaN] = converter.forward([x, y]);
        return checked(latitude, longitude);
    }
}
function checked(latitude, longitude) {
    return isPosition(latitude, longitude) ? { latitude, longitude } : undefined;
}
function within(value, [min, max]) {
    return value >= min && value <= max;
}
/** `EPSG:2154`, `urn:ogc:def:crs:EPSG::2154`, `http://www.opengis.net/def/crs/EPSG/0/2154` and `2154` are one name. */
function codeOf(srsName) {
    const last = srsName.trim().slice(0, 200).split(/[:/#]/).at(-1) ?? "";
    const code = last.toUpperCase().replaceAll(/[\s_-]/g, "");
    return ALIASES[code] ?? code;
}
