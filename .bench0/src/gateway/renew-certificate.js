const LOOK_EVERY_MS = 60_000;
/**
 * Looks every minute whether certificate or key changed on disk, and serves them from the next connection on: renewal
 * tools write new files and cannot be asked to restart a hub. Both are read before either is used.
 */
export function renewCertificate({ tls, listener, clock, files, onFault }) {
    let served = `${tls.certificate.trimEnd()}\n${tls.key.trimEnd()}`;
    let refused;
    let ended = false;
    const text = async (path) => new TextDecoder().decode(await files.read(path));
    async function look() {
        const certificate = await text(tls.certificateFile);
        const key = tls.keyFile === undefined ? tls.key : await text(tls.keyFile);
        const found = `${certificate.trimEnd()}\n${key.trimEnd()}`;
        if (found === served || found === refused || ended)
            return;
        // Only one of the two may have been written yet: what does not fit together is looked at again when it changes.
        refused = found;
        listener.renew({ certificate, key });
        served = found;
    }
    let unreadable = false;
    let cancel = clock.after(LOOK_EVERY_MS, turn, { ref: false });
    function turn() {
        look()
            .then(() => {
            unreadable = false;
        }, (thrown) => {
            if (!unreadable)
                onFault(thrown);
            unreadable = true;
        })
            .finally(() => {
            if (!ended)
                cancel = clock.after(LOOK_EVERY_MS, turn, { ref: false });
        });
    }
    return () => {
        ended = true;
        cancel();
    };
}
