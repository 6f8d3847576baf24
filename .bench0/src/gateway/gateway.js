import { adminGuard } from "./admission.js";
import { alertEndpoints } from "./alert-endpoints.js";
import { breakerEndpoints } from "./breaker-endpoints.js";
import { deadLetterEndpoints } from "./dead-letter-endpoints.js";
import { eventsEndpoint } from "./events-endpoint.js";
import { healEndpoints } from "./heal-endpoints.js";
import { incidentEndpoints } from "./incident-endpoints.js";
import { ledgerEndpoint } from "./ledger-endpoint.js";
import { openListener } from "./listener.js";
import { createMetrics } from "./metrics.js";
import { ownEndpoints } from "./own-endpoints.js";
import { reloadEndpoint } from "./reload-endpoint.js";
import { renewCertificate } from "./renew-certificate.js";
import { replayEndpoints } from "./replay-endpoints.js";
import { runbookEndpoint } from "./runbook-endpoint.js";
import { shadowEndpoint } from "./shadow-endpoint.js";
import { sloEndpoint } from "./slo-endpoint.js";
import { statusEndpoint } from "./status-endpoint.js";
import { tapEndpoint } from "./tap-endpoint.js";
import { whyEndpoint } from "./why-endpoint.js";
/**
 * Serves a hub over HTTP on two listeners. Rejects with a `Failure` `config.invalid` that names the listener when an
 * address cannot be had; nothing stays open then.
 */
export async function openGateway(options) {
    const { hub, http, clock } = options;
    const metrics = createMetrics({ process: options.processMetrics ?? false });
    const own = [
        ...ownEndpoints(hub, metrics, http.basePath),
        statusEndpoint(hub),
        sloEndpoint(hub),
        tapEndpoint((listener) => hub.tap(listener), clock),
        ...breakerEndpoints(hub),
        ...(options.files ? [runbookEndpoint(options.files)] : []),
        ...(options.readLedger ? [ledgerEndpoint(options.readLedger)] : []),
        ...(options.readEvents ? [eventsEndpoint(options.readEvents)] : []),
        ...(options.deadLetters ? deadLetterEndpoints(options.deadLetters) : []),
        ...(options.why ? [whyEndpoint(options.why)] : []),
        ...(options.shadows ? [shadowEndpoint(options.shadows)] : []),
        ...(options.replays ? replayEndpoints(options.replays) : []),
        ...(options.alerts ? alertEndpoints(options.alerts) : []),
        ...(options.incidents ? incidentEndpoints(options.incidents, clock) : []),
        ...(options.heals ? healEndpoints(options.heals) : []),
        ...(options.reloads ? [reloadEndpoint(options.reloads)] : []),
    ];
    const all = () => [...own, ...hub.endpoints];
    const mountedOn = (name) => all().filter((endpoint) => (endpoint.scope === "admin") === (name === "admin"));
    const shared = {
        clock,
        onFault: (place, thrown) => {
            metrics.fault();
            options.onFault?.(place, thrown);
        },
    };
    const open = [];
    const renewals = [];
    const close = async () => {
        for (const cancel of renewals)
            cancel();
        await Promise.all(open.map((listener) => listener.close()));
    };
    try {
        for (const name of ["public", "admin"]) {
            const guard = name === "admin" ? adminGuard(http.admin) : undefined;
            open.push(await openListener({
                ...shared,
                name,
                listen: http[name],
                endpoints: mountedOn(name),
                guard,
                ...(name === "public" && { basePath: http.basePath, trustProxy: http.trustProxy }),
                onAnswer: (method, _pattern, status, ms) => metrics.answered(name, method, status, ms),
            }));
            const { tls } = http[name];
            const listener = open.at(-1);
            if (tls && options.files && listener) {
                const onFault = (thrown) => shared.onFault(`certificate of the ${name} listener`, thrown);
                renewals.push(renewCertificate({ tls, listener, clock, files: options.files, onFault }));
            }
        }
    }
    catch (thrown) {
        await close();
        throw thrown;
    }
    const [publicListener, adminListener] = open;
    hub.whenEndpointsChange?.(async () => {
        await publicListener.remount(mountedOn("public"));
        await adminListener.remount(mountedOn("admin"));
    });
    return {
        publicUrl: http.publicUrl ?? publicListener.url,
        publicPort: publicListener.port,
        adminUrl: adminListener.url,
        get endpoints() {
            return all();
        },
        close,
    };
}
