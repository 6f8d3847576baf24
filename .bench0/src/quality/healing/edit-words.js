/** An edit as a sentence for people. */
export function editText(edit) {
    switch (edit.kind) {
        case "records":
            return edit.from === edit.to
                ? `Records are read from ${edit.from}.`
                : `Records are read from ${edit.from}, as if they stood at ${edit.to}.`;
        case "header":
            return `The header ${edit.columns.join(",")} is put in front.`;
        case "move":
            return `${edit.from} is read as ${edit.to}.`;
        case "swap":
            return `${edit.one} and ${edit.other} are exchanged.`;
        case "scale":
            return `${edit.path} is multiplied by ${Number(edit.factor.toPrecision(6))}.`;
        case "shift":
            return `${edit.by} is added to ${edit.path}.`;
        case "turn":
            return edit.sign === 1
                ? `${edit.path} is turned by ${edit.by} degrees.`
                : `${edit.path} is counted the other way round, from ${edit.by} degrees.`;
        case "respell":
            return `${edit.path} is read as ${edit.from} and written as ${edit.to}.`;
        case "day":
            return `${edit.path} gets the date of its receipt.`;
        case "strip":
            return `${edit.path} loses its prefix ${edit.prefix}.`;
        case "bare":
            return `${edit.path} loses the words around its number.`;
    }
}
