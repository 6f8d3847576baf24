import fc from "fast-check";

/** Another one with `PROPERTY_SEED=… npm test`: a run that fails names nothing but the code it ran on. */
const SEED = 20_260_101;

fc.configureGlobal({
	...fc.readConfigureGlobal(),
	seed: Number(process.env["PROPERTY_SEED"] ?? SEED),
	// Without this a `maxLength` of 80 gives lists of at most ten: what a property states as its bound is what it tries.
	defaultSizeToMaxWhenMaxSpecified: true,
});
