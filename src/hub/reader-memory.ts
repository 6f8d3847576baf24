import { isDeepStrictEqual } from "node:util";
import type { FeedConfig } from "../config/config.js";
import type { FrameReader } from "../intake/interpret.js";

/** Readers of a feed, and the configuration that they were built from. */
export interface ReadersBefore {
	readonly config: FeedConfig;
	readonly readers: readonly FrameReader[];
}

/** What the reader before it has learned of an upstream, for one that reads in the same way. A reload teaches nothing away. */
export function memoryOf(
	config: FeedConfig,
	index: number,
	before: ReadersBefore | undefined,
): Partial<Pick<FrameReader, "contract" | "drift" | "shape" | "guards">> {
	const reader = before?.readers[index];
	if (before === undefined || reader === undefined) return {};
	const of = ({ guards, agency, upstreams }: FeedConfig) => {
		const { decoder, contract, timezone } = upstreams[index] ?? {};
		const { definition, options } = decoder ?? {};
		return [guards, agency.area, definition?.type, definition?.version, options, contract, timezone];
	};
	if (!isDeepStrictEqual(of(config), of(before.config))) return {};
	const { contract, drift, shape, guards } = reader;
	return { contract, drift, shape, guards };
}
