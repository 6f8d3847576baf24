/** A mistake on the command line, told so that it can be mended there. */
export class UsageError extends Error {
}
