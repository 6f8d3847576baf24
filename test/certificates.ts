import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private authority of one test file, as an agency's own one: made with openssl, valid for a day. */
export class TestAuthority {
	readonly folder = mkdtempSync(join(tmpdir(), "wayside-certificates-"));
	readonly certificatePath = join(this.folder, "authority.pem");
	#serial = 0;

	constructor(name = "Test Authority") {
		const key = join(this.folder, "authority.key");
		openssl([
			"req",
			"-x509",
			...NEW_KEY,
			"-keyout",
			key,
			"-out",
			this.certificatePath,
			"-subj",
			`/CN=${name}`,
		]);
	}

	get certificate(): string {
		return readFileSync(this.certificatePath, "utf8");
	}

	/** A certificate that the authority signed. `names` as in subjectAltName: `DNS:localhost,IP:127.0.0.1`. */
	issue(names = "DNS:localhost,IP:127.0.0.1") {
		const place = join(this.folder, `issued-${++this.#serial}`);
		const [keyPath, requestPath, certificatePath, extensions] = [
			`${place}.key`,
			`${place}.csr`,
			`${place}.pem`,
			`${place}.ext`,
		] as const;
		writeFileSync(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
		openssl(["req", ...NEW_KEY, "-keyout", keyPath, "-out", requestPath, "-subj", "/CN=issued"]);
		const signing = [
			"-CA",
			this.certificatePath,
			"-CAkey",
			join(this.folder, "authority.key"),
			"-CAcreateserial",
		];
		const output = ["-out", certificatePath, "-days", "1", "-extfile", extensions];
		openssl(["x509", "-req", "-in", requestPath, ...signing, ...output]);
		const read = (path: string) => readFileSync(path, "utf8");
		return { keyPath, certificatePath, key: read(keyPath), certificate: read(certificatePath) };
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];

/** Tests that need certificates are skipped where this is false; `.ci/run` installs it. */
export const HAS_OPENSSL = spawnSync("openssl", ["version"]).status === 0;

function openssl(words: readonly string[]): void {
	const run = spawnSync("openssl", words, { encoding: "utf8" });
	if (run.status !== 0) throw new Error(`openssl ${words.join(" ")}: ${run.stderr}`);
}
