/** The same text for equal JSON values, whatever the order of their names and however a number is spelt. */
export function canonical(value, depthMax = 32) {
    if (typeof value !== "object" || value === null)
        return JSON.stringify(value) ?? "null";
    if (depthMax <= 0)
        return '"…"';
    if (Array.isArray(value))
        return `[${value.map((item) => canonical(item, depthMax - 1)).join(",")}]`;
    const names = Object.keys(value).sort();
    const object = value;
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(object[name], depthMax - 1)}`).join(",")}}`;
}
