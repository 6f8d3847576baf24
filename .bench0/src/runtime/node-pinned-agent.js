import { X509Certificate } from "node:crypto";
import { Agent } from "node:https";
import { connect } from "node:tls";
/**
 * Connects to whoever shows exactly the given certificate (PEM), and to nobody else: the name in it is the one that others
 * use, not the address on this machine, and its authority may be the agency's own. Nothing is sent before that is known.
 */
export class PinnedAgent extends Agent {
    #wanted;
    constructor(certificate) {
        super({ keepAlive: false });
        this.#wanted = new X509Certificate(certificate).fingerprint256;
    }
    createConnection({ host, port }, done) {
        const socket = connect({ host: host ?? "localhost", port: Number(port), rejectUnauthorized: false });
        socket.once("error", (error) => done(error, socket));
        socket.once("secureConnect", () => {
            if (socket.getPeerX509Certificate()?.fingerprint256 === this.#wanted) {
                done(null, socket);
                return;
            }
            socket.destroy();
            done(new Error("what answers there shows another certificate than the configured one; was it renewed?"), socket);
        });
    }
}
