// A mirror that lacks the binaries of other platforms makes npm leave them out of package-lock.json, and then `npm ci`
// refuses the file everywhere. This adds what is missing: optional dependencies on binaries, with the version that their
// owner names, and platform and C library read off the name. They carry no checksum, and a machine of another platform
// never fetches them. Run it after `npm install`; test/tidy.test.ts says when it is needed.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEMS = [
	"android",
	"darwin",
	"freebsd",
	"linux",
	"netbsd",
	"openbsd",
	"openharmony",
	"sunos",
	"win32",
];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

const path = join(dirname(fileURLToPath(import.meta.url)), "..", "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const added = [];
for (const [owner, entry] of Object.entries(lock.packages)) {
	for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
		const place = `node_modules/${name}`;
		if (lock.packages[place] || lock.packages[`${owner}/${place}`]) continue;
		const words = name.split("/").at(-1).split("-");
		const os = words.find((word) => SYSTEMS.includes(word));
		const cpu = words.find((word) => PROCESSORS.includes(word));
		if (!os || !cpu || !/^\d/.test(version))
			throw new Error(`${name}@${version} of ${owner} is no binary of a platform`);
		const libc = words.some((word) => word.startsWith("musl"))
			? "musl"
			: words.some((word) => word.startsWith("gnu"))
				? "glibc"
				: undefined;
		lock.packages[place] = {
			version,
			cpu: [cpu],
			...(entry.dev && { dev: true }),
			...(libc && { libc: [libc] }),
			license: entry.license,
			optional: true,
			os: [os],
			...(entry.engines && { engines: entry.engines }),
		};
		added.push(name);
	}
}
if (added.length > 0) {
	const { "": root, ...packages } = lock.packages;
	const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"));
	lock.packages = { "": root, ...Object.fromEntries(sorted) };
	writeFileSync(path, `${JSON.stringify(lock, undefined, "\t")}\n`);
}
console.log(`${added.length} entries added${added.length > 0 ? `: ${added.join(", ")}` : ""}`);
