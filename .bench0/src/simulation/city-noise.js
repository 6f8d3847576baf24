/**
 * Numbers that look random and depend on nothing but their arguments, so that any moment of the city can be computed
 * without the moments before it. The same seed gives the same city on every machine.
 */
export function noise(seed, a, b, c, d) {
    // No list of keys: this is called dozens of times for each report of each vehicle.
    let state = keyed(mix(seed | 0), a);
    if (b !== undefined)
        state = keyed(state, b);
    if (c !== undefined)
        state = keyed(state, c);
    if (d !== undefined)
        state = keyed(state, d);
    return (state >>> 0) / 4_294_967_296;
}
/** Large keys (times) do not fit into 32 bits: both halves count. */
function keyed(state, key) {
    return mix(mix(state ^ (key | 0)) ^ Math.floor(key / 4_294_967_296));
}
/** Noise that changes gently from one whole `at` to the next. */
export function smoothNoise(at, seed, a, b) {
    const whole = Math.floor(at);
    const before = noise(seed, a, b, whole);
    return before + (noise(seed, a, b, whole + 1) - before) * (at - whole);
}
function mix(value) {
    let mixed = (value + 0x9e3779b9) | 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
}
