/** True when a path fits an endpoint's pattern, in which `:name` stands for one segment. */
export function matches(pattern, path) {
    const wanted = pattern.split("/");
    const given = path.split("/");
    return (wanted.length === given.length &&
        wanted.every((part, i) => (part.startsWith(":") ? given[i] !== "" : part === given[i])));
}
