export const NO_NEWS = { taken: [], refused: [] };
/**
 * The answer of a reload, with what became of the files that it reads beside the configuration. A broken one stands in the way
 * of nothing else, as it does at a start. Where there was nothing else to do, it is what came of the reload.
 */
export function withFiles(told, { taken, refused }) {
    const all = { ...told, changes: [...told.changes, ...taken], warnings: refused };
    if (told.outcome !== "unchanged")
        return all;
    const kept = "Feeds, sinks and routes are as they were";
    if (refused.length > 0) {
        const what = refused.length === 1 ? "a file beside it is" : `${refused.length} files beside it are`;
        const sentence = `${kept}, and ${what} refused; what was read of it before stays in use.`;
        return { ...all, outcome: "invalid", sentence, problems: refused, warnings: [] };
    }
    if (taken.length === 0)
        return all;
    const what = taken.map(({ part, because }) => `${part} (${because})`).join("; ");
    return { ...all, outcome: "applied", sentence: `${kept}; taken up: ${what}.` };
}
