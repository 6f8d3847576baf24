import { z } from "zod";
/** A file or variable that is read when the hub starts. */
export const secretOption = z
    .strictObject({
    env: z.string().min(1).optional().describe("Name of the environment variable that holds the secret."),
    file: z
        .string()
        .min(1)
        .optional()
        .describe("Path of a file that holds the secret; one trailing line end is cut off."),
})
    .refine((secret) => (secret.env === undefined) !== (secret.file === undefined), {
    message: "a secret is either { env: NAME } or { file: PATH }",
})
    .meta({
    id: "secret",
    description: "Where a secret is read from. Secrets never stand in the file itself.",
});
