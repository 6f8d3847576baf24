import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { stat } from "node:fs/promises";
import { connect, type PeerCertificate } from "node:tls";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Network } from "./http.js";
import { trusted } from "./node-network.js";

export interface SeenCertificate {
	readonly validFromTime: EpochMs;
	readonly validToTime: EpochMs;
	/** Who signed it, as a name for people. */
	readonly issuer: string;
	/** Why a connection would be refused, in the words of the platform. Absent: it would not. */
	readonly refusal?: string;
}

/** For whoever looks at the surroundings of a hub, and sends nothing of it. */
export interface Probe {
	/** The addresses of a name, as this machine resolves it. */
	addresses(host: string): Promise<readonly string[]>;
	/** What a server shows when it is asked for TLS, trusted or not. Rejects when it cannot be reached. */
	certificate(host: string, port: number, network: Network, timeoutMs: DurationMs): Promise<SeenCertificate>;
	/** When a certificate in PEM form ends. Throws when it is none. */
	validToTime(pem: string): EpochMs;
	/** Whether somebody else than owner and group may read it. Undefined: absent, or not known on this platform. */
	isOpenToAll(path: string): Promise<boolean | undefined>;
}

const OTHERS_READ = 0o004;

/** Over the platform's own resolver, sockets and files. */
export function createNodeProbe(): Probe {
	return {
		addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
		certificate,
		validToTime: (pem) => Date.parse(new X509Certificate(pem).validTo),
		async isOpenToAll(path) {
			if (process.platform === "win32") return undefined;
			try {
				return ((await stat(path)).mode & OTHERS_READ) !== 0;
			} catch (thrown) {
				const { code } = thrown as NodeJS.ErrnoException;
				if (code === "ENOENT" || code === "ENOTDIR") return undefined;
				throw thrown;
			}
		},
	};
}

function certificate(
	host: string,
	port: number,
	{ certificateAuthorities, clientCertificate }: Network,
	timeoutMs: DurationMs,
): Promise<SeenCertificate> {
	const authorities = trusted(certificateAuthorities);
	return new Promise((resolve, reject) => {
		const socket = connect({
			host,
			port,
			// An address is no name: servers that choose by name get none then.
			...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}),
			// It is looked at, and told; nothing is sent over it.
			rejectUnauthorized: false,
			...(authorities && { ca: authorities }),
			...(clientCertificate && {
				cert: clientCertificate.certificate,
				key: clientCertificate.key,
				...(clientCertificate.passphrase !== undefined && { passphrase: clientCertificate.passphrase }),
			}),
		});
		socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
		socket.once("error", reject);
		socket.once("secureConnect", () => {
			const seen = socket.getPeerCertificate();
			const refusal = socket.authorized ? undefined : String(socket.authorizationError);
			socket.destroy();
			resolve({
				validFromTime: Date.parse(seen.valid_from),
				validToTime: Date.parse(seen.valid_to),
				issuer: issuerOf(seen),
				...(refusal === undefined ? {} : { refusal }),
			});
		});
	});
}

function issuerOf({ issuer }: PeerCertificate): string {
	const { O, CN } = (issuer ?? {}) as unknown as Readonly<Record<string, string | string[] | undefined>>;
	return [O ?? CN ?? "nobody"].flat().join(", ");
}
