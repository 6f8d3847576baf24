import { z } from "zod";
import type { DocumentPath } from "./findings.js";

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

/** Where a secret stands in the document and where it is read from. */
export interface SecretUse {
	readonly path: DocumentPath;
	readonly from: { readonly env?: string | undefined; readonly file?: string | undefined };
	/** What it is called in findings. Default `secret`. */
	readonly what?: string;
	/** Larger files are refused. Default 64 KiB. */
	readonly bytesMax?: number;
	/** Says what is wrong with a value, never showing it. */
	readonly check?: (value: string) => string | undefined;
	/** Hands the value to the configuration that is being built. */
	readonly give: (value: string) => unknown;
}
