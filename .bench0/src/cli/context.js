import { createRequire } from "node:module";
/** The version in the package's own manifest. */
export function packageVersion() {
    const manifest = createRequire(import.meta.url)("../../package.json");
    return manifest.version;
}
