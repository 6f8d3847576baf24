/** The rules as a configuration wants them: off, at most a warning, or a page at once. */
export function rulesUnder(rules, wanted) {
    return rules.flatMap((rule) => {
        const severity = wanted[rule.name]?.severity;
        if (severity === undefined)
            return [rule];
        if (severity === "off")
            return [];
        const afterMs = rule.after.warn ?? rule.after.page ?? 0;
        const judge = (status) => rule.judge(status).map((trouble) => ({ ...trouble, worst: severity }));
        return [{ ...rule, after: { [severity]: afterMs }, judge }];
    });
}
