/** The part of opossum 9 that the benchmarks use; the package has no types of its own. */
declare module "opossum" {
	export default class CircuitBreaker<Args extends readonly unknown[], Result> {
		constructor(action: (...args: Args) => Promise<Result>, options?: Readonly<Record<string, unknown>>);
		fire(...args: Args): Promise<Result>;
		open(): void;
		shutdown(): void;
		readonly opened: boolean;
	}
}
