/**
 * What a format asks of a request for it. It is how a rule of one vendor reaches a source that knows none: the decoder
 * states it, and a source that asks over HTTP refuses an address that breaks it, and adds what is missing.
 */
export interface RequestRule {
	/** The last part of the path of the addresses that it is about, such as `getvehicles`. */
	readonly call: string;
	/** Parameters to add where the address lacks them. */
	readonly query: Readonly<Record<string, string>>;
	/** Exactly one of these parameters must be there: a list of names. */
	readonly oneOf: readonly string[];
	/** How many names that list may have. */
	readonly itemsMax: number;
	/** What stands between two names. */
	readonly separator: string;
}
