/**
 * Numbers that look random and depend on nothing but their arguments, so that any moment of the city can be computed
 * without the moments before it. The same seed gives the same city on every machine.
 */
export function noise(seed: number, ...keys: readonly number[]): number {
	let state = mix(seed | 0);
	for (const key of keys) {
		// Large keys (times) do not fit into 32 bits: both halves count.
		state = mix(state ^ (key | 0));
		state = mix(state ^ Math.floor(key / 4_294_967_296));
	}
	return (state >>> 0) / 4_294_967_296;
}

function mix(value: number): number {
	let mixed = (value + 0x9e3779b9) | 0;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
	mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
	return mixed ^ (mixed >>> 15);
}
