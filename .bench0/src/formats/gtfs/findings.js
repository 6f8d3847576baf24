/** Of each sort of finding in a file so many are shown; the rest are counted. */
const EXAMPLES_MAX = 3;
const SORTS_MAX = 500;
const VALUE_LENGTH_MAX = 80;
/** Collects findings in bounded memory, however broken the feed is. */
export class GtfsFindings {
    #sorts = new Map();
    add(draft) {
        const key = `${draft.severity}|${draft.file}|${draft.code}`;
        let sort = this.#sorts.get(key);
        if (sort === undefined) {
            if (this.#sorts.size >= SORTS_MAX)
                return;
            sort = { examples: [], count: 0 };
            this.#sorts.set(key, sort);
        }
        sort.count++;
        if (sort.examples.length >= EXAMPLES_MAX)
            return;
        const value = draft.value?.slice(0, VALUE_LENGTH_MAX);
        sort.examples.push({ ...draft, ...(value === undefined ? {} : { value }) });
    }
    get errors() {
        let errors = 0;
        for (const { examples, count } of this.#sorts.values())
            if (examples[0]?.severity === "error")
                errors += count;
        return errors;
    }
    /** Errors first, then in the order in which they were found. */
    list() {
        const all = [...this.#sorts.values()].flatMap(({ examples, count }) => examples.map((example) => ({ ...example, count })));
        return [...all.filter(isError), ...all.filter((finding) => !isError(finding))];
    }
}
/** `stop_times.txt:12: value "25:61:00": is no time; write H:MM:SS (17 times in the file)`. */
export function formatGtfsFinding(finding) {
    const { file, line, value, message, mend, count } = finding;
    const place = file === "" ? "the feed" : line === undefined ? file : `${file}:${line}`;
    const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
    const times = count > 1 ? ` (${count} times in the file)` : "";
    return `${place}:${shown} ${message}; ${mend}${times}`;
}
function isError({ severity }) {
    return severity === "error";
}
