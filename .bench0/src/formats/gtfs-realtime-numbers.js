const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6];
/**
 * A measurement as the shortest decimal that still is the same 32-bit float, with at most `digits` decimals: what
 * upstream wrote before the float made 42.3601 into 42.36009979248047. A number that is no 32-bit float is rounded.
 */
export function shortest(value, digits) {
    const isSingle = Math.fround(value) === value;
    for (let count = isSingle ? 4 : digits; count < digits; count++) {
        const power = POWERS[count];
        const rounded = Math.round(value * power) / power;
        if (Math.fround(rounded) === value)
            return rounded + 0;
    }
    const power = POWERS[digits];
    return Math.round(value * power) / power + 0;
}
