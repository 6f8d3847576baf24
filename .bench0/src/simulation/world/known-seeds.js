/** Seeds that once found something, and a few more: each change is tried with all of them. What they found: docs/simulation.md. */
export const KNOWN_SEEDS = [
    13, 28, 36, 62, 173, 187, 1051, 132, 161, 167, 269, 360, 436, 470, 1155, 1240, 89, 100, 844,
];
