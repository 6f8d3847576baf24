import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Tests that start worker threads or processes run the built package, so it is built once before all of them. A type
 * error does not stop the tests, because `npm run typecheck` reports it better; a build that gave nothing does.
 */
export default function setup(): void {
	const built = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
	if (built.status !== 0 && !existsSync("dist")) {
		throw new Error("scripts/build.mjs failed and left no dist/; run `npm run build` to see why");
	}
}
