import { parseDuration } from "../formats/quantities.js";
import { problem } from "../runtime/endpoint.js";
import { answering } from "./dead-letter-endpoints.js";
/** `POST /v1/reload?within=&dry-run=1`: reads the configuration again. Answers 200 with a report, whatever came of it. */
export function reloadEndpoint(desk) {
    return {
        method: "POST",
        path: "/v1/reload",
        scope: "admin",
        summary: "Puts the configuration file in place as it is now; with dry-run=1 it only says what that would change.",
        handle: async ({ query }) => {
            const { within, "dry-run": dryRun, ...unknown } = query;
            const [slip] = Object.keys(unknown);
            if (slip !== undefined)
                return problem(400, "Bad order", `"${slip}" is not known here; there are: within, dry-run.`);
            if (dryRun !== undefined && dryRun !== "1" && dryRun !== "0")
                return problem(400, "Bad order", "dry-run is 1 or 0.");
            const withinMs = within === undefined ? undefined : parseDuration(within);
            if (within !== undefined && withinMs === undefined)
                return problem(400, "Bad order", `within is "${within}"; it is a duration such as 30s.`);
            return answering("Bad order", 400, () => desk.reload({ dryRun: dryRun === "1", ...(withinMs !== undefined && { withinMs }) }));
        },
    };
}
