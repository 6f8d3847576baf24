const PLAIN = {
    reportEveryS: 30,
    speedMps: { bus: [4, 8.5], tram: [7, 10] },
    speedSpread: 0.5,
    tunnelShare: { bus: 0.15, tram: 0.6 },
    layoverScale: [1, 1],
    dwellScale: 1,
    reporting: {
        unevenShare: 0.2,
        unevenBy: [-0.14, 0.21],
        oldRadioShare: 0,
        oldRadioScale: [1, 1],
        betweenShare: 0,
        lostShare: 0.012,
        shadowShare: 0.0022,
        longShadowShare: 0.0005,
        switchesOffShare: 0.35,
        breakOffShare: 1,
    },
};
/**
 * By name. `plain` is a bit of everything; the others drive and report as the vehicles of an agency did whose traces
 * were recorded: docs/simulation.md compares them.
 */
export const CITY_PROFILES = {
    plain: PLAIN,
    /** Buses of New York, 2010 to 2014: slow streets and some express lines, a report every half minute. */
    "mta-bus": {
        reportEveryS: 31,
        speedMps: { bus: [2.2, 19], tram: [7, 10] },
        speedSpread: 1.6,
        tunnelShare: { bus: 0, tram: 1 },
        layoverScale: [1.5, 0.1],
        dwellScale: 1.5,
        reporting: {
            ...PLAIN.reporting,
            unevenBy: [-0.1, 0.12],
            oldRadioShare: 0.07,
            oldRadioScale: [2.3, 7],
            lostShare: 0.03,
            switchesOffShare: 0,
            breakOffShare: 0.15,
        },
    },
    /** Buses of Austin on a Sunday of 2015: a report every two minutes, and one in between now and then. */
    capmetro: {
        reportEveryS: 120,
        speedMps: { bus: [5, 22], tram: [7, 10] },
        speedSpread: 1.2,
        tunnelShare: { bus: 0, tram: 0 },
        layoverScale: [0.9, 0.3],
        dwellScale: 0.35,
        reporting: {
            unevenShare: 0.1,
            unevenBy: [0, 0.4],
            oldRadioShare: 0,
            oldRadioScale: [1, 1],
            betweenShare: 0.17,
            lostShare: 0.002,
            shadowShare: 0,
            longShadowShare: 0.005,
            switchesOffShare: 0,
            breakOffShare: 0,
        },
    },
};
export const PROFILE_NAMES = Object.keys(CITY_PROFILES);
