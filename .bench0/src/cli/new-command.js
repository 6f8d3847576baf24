/** Adds verbs to a command that is a group of them; their examples begin with its name. */
export function verbsOf(group) {
    return (usage, summary, example) => group
        .command(usage)
        .description(summary)
        .addHelpText("after", `\nExample:\n  wayside ${group.name()} ${example}`)
        .copyInheritedSettings(group);
}
/** The values of an option that may be repeated. */
export function collect(value, before) {
    return [...before, value];
}
