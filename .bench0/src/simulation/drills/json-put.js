/** Writes a value to a place, making what is missing on the way. `*` and a number lead into a list of one. */
export function put(tree, path, value) {
    let node = tree;
    path.forEach((step, at) => {
        const isLast = at === path.length - 1;
        const next = path[at + 1];
        const name = step === "*" ? 0 : step;
        const holder = node;
        if (isLast)
            holder[name] = value;
        else
            holder[name] ??= typeof next === "number" || next === "*" ? [] : {};
        node = holder[name];
    });
}
