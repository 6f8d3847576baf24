import fc from "fast-check";

// Without this a `maxLength` of 80 gives lists of at most ten: what a property states as its bound is what it tries.
fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
