import { resolve as resolvePath } from "node:path";
import { EXIT } from "./exit-codes.js";
/** Writes a commented configuration to begin with. An existing file stays unless `--force` says otherwise. */
export async function init(file, options, context) {
    const { terminal, runtime, workingDirectory } = context;
    const path = resolvePath(workingDirectory, file);
    if (!options.force && (await runtime.files.stat(path))) {
        terminal.err(`${file} exists already and was left as it is; choose another name, or replace it with --force.`);
        return EXIT.failure;
    }
    await runtime.files.writeAtomic(path, STARTER_CONFIG);
    if (options.json)
        terminal.out(JSON.stringify({ file, written: true }));
    else {
        terminal.out(`${file} written. Next:`);
        terminal.out(`  wayside check ${file}   # what is wrong or missing, with line numbers`);
        terminal.out(`  wayside run ${file}`);
    }
    return EXIT.ok;
}
/** A test checks that it passes as it stands. */
export const STARTER_CONFIG = `# A Wayside configuration. Check it with: wayside check FILE
# Every option is described in docs/configuration.md and in config.schema.json (for editors).
# \${NAME} takes a value from the environment, \${NAME:-default} with a default.
# Secrets never stand in this file: write { env: NAME } or { file: PATH }.

agencies:
  my-agency:
    timezone: America/Chicago # IANA name, for payloads that state local times
    # area: [-88.1, 41.6, -87.4, 42.2] # west, south, east, north: where vehicles can be

feeds:
  buses:
    agency: my-agency
    upstreams: # ways to get the feed, in order of preference
      - source:
          type: http-poll
          url: https://cdn.mbta.com/realtime/VehiclePositions.pb # yours here
          every: 20s
          history: none # or how long upstream keeps a message: 15m
        decoder: gtfs-realtime
        budget: # what upstream may be burdened with
          requests: 12/min
        # secrets: { key: { env: AVL_KEY } } # used as {secret:key} in the url or in a header

sinks:
  rider-feed:
    type: gtfs-realtime
    path: /gtfs-rt # served on the public listener
  archive:
    type: ndjson-file
    path: ./archive.ndjson

routes:
  # latest: the newest record per vehicle, for riders
  - { from: buses, to: rider-feed, mode: latest }
  # every: all of it, in order per vehicle
  - { from: buses, to: archive, mode: every }

store:
  directory: ./.wayside # everything that was received and is not yet forgotten
  frames: { maxAge: 7d, maxBytes: 5GB }
  records: { maxAge: 35d, maxBytes: 10GB }
  deadLetters: { maxAge: 30d, maxBytes: 1GB }
  ledger: { keep: 400d }

http:
  public: { host: 0.0.0.0, port: 8080 } # feeds, /status, /metrics
  admin: { host: 127.0.0.1, port: 8081 } # tap; beyond loopback it needs token and tls
  # tls, a web server in front, and a proxy on the way out: docs/network.md
`;
