/** A message as plain text, to be read from the top: what is wrong stands before who says so. */
export function plainText({ title, note, stories, source, statusUrl }) {
    const lines = [title];
    if (note !== undefined)
        lines.push("", note);
    for (const story of stories) {
        lines.push("");
        if (stories.length > 1)
            lines.push(`* ${story.title}`);
        for (const { name, text } of story.facts)
            lines.push(`${name}: ${text}`);
        lines.push(`Runbook: ${story.runbook}`);
    }
    lines.push("", statusUrl === undefined ? `Sent by ${source}.` : `Sent by ${source}. Status: ${statusUrl}`);
    return lines.join("\n");
}
