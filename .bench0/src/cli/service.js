import { dirname, resolve as resolvePath } from "node:path";
import { SMALL_YOUNG_HEAP } from "../runtime/node-memory.js";
import { EXIT } from "./exit-codes.js";
import { deliverySinksOf, readHubConfig } from "./hub-config.js";
import { UsageError } from "./usage-error.js";
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
const PRIVILEGED_PORTS_BELOW = 1024;
/** Prints a systemd unit that runs the hub of a configuration with no more rights than it needs. */
export async function printService(file, options, context) {
    const { runtime, terminal, workingDirectory, program } = context;
    const user = options.user ?? "wayside";
    if (!USER.test(user))
        throw new UsageError(`"${user}" is no name of a user: letters, digits, - and _`);
    const config = await readHubConfig(file, context, { skipEnvironment: true });
    if (!config)
        return EXIT.config;
    const path = resolvePath(workingDirectory, file);
    const writes = writtenFolders(config, runtime);
    const unit = unitFor({ path, user, program, http: config.http, writes });
    if (options.json)
        terminal.out(JSON.stringify({ unit, writes }));
    else
        terminal.out(unit.trimEnd());
    return EXIT.ok;
}
/**
 * What systemd itself calls hardening (`systemd-analyze security`), as far as Node lives with it: its compiler writes
 * memory that it executes, so MemoryDenyWriteExecute stays out.
 */
function unitFor({ path, user, program, http, writes }) {
    const ports = [http.public.port, http.admin.port];
    const isPrivileged = ports.some((port) => port > 0 && port < PRIVILEGED_PORTS_BELOW);
    const capability = isPrivileged ? "CAP_NET_BIND_SERVICE" : "";
    const [node, ...script] = program;
    const command = [node ?? "node", SMALL_YOUNG_HEAP, ...script, "run", path].map(quoted).join(" ");
    const inHome = [path, ...writes, ...program].some((place) => /^\/(home|root)\//.test(place));
    return `# Written by: wayside service print. Install it with:
#   wayside service print ${path} | sudo tee /etc/systemd/system/wayside.service
#   sudo useradd --system --home-dir ${dirname(path)} --shell /usr/sbin/nologin ${user}
#   sudo install -d -o ${user} -g ${user} -m 0750 ${writes.join(" ")}
#   sudo systemctl daemon-reload && sudo systemctl enable --now wayside
# Secrets and variables of the configuration go into /etc/wayside/environment, one NAME=VALUE a line, readable by root only.

[Unit]
Description=Wayside: vehicle telemetry to rider information (${escaped(path)})
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=600
StartLimitBurst=20

[Service]
Type=exec
User=${user}
Group=${user}
WorkingDirectory=${escaped(dirname(path))}
EnvironmentFile=-/etc/wayside/environment
ExecStart=${command}
# systemctl reload wayside: puts the changed configuration in place; wayside events says what came of it.
ExecReload=/bin/kill -HUP $MAINPID
# SIGTERM drains: what was received is finished, and it ends within ten seconds.
KillMode=mixed
TimeoutStopSec=30
Restart=on-failure
RestartSec=5
# A configuration that is wrong does not mend itself.
RestartPreventExitStatus=2 78
UMask=0027
LimitNOFILE=65536

NoNewPrivileges=yes
CapabilityBoundingSet=${capability}
AmbientCapabilities=${capability}
ProtectSystem=strict
ReadWritePaths=${writes.map(quoted).join(" ")}
ProtectHome=${inHome ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
/** The store, and the folders of what sinks write. */
function writtenFolders(config, runtime) {
    const folders = new Set([config.store.directory]);
    const delivery = new Set(deliverySinksOf(config, runtime).map(({ name }) => name));
    for (const { name, options } of config.sinks) {
        const { path, directory } = options;
        if (typeof directory === "string")
            folders.add(resolvePath(config.baseDirectory, directory));
        if (typeof path === "string" && delivery.has(name))
            folders.add(dirname(resolvePath(config.baseDirectory, path)));
    }
    return [...folders].sort();
}
/** As one word of a command line in a unit. */
function quoted(word) {
    const text = escaped(word).replaceAll("$", "$$$$");
    return /^[A-Za-z0-9_./%@:+=-]+$/.test(text)
        ? text
        : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
/** A percent sign begins a specifier in a unit. */
function escaped(text) {
    return text.replaceAll("%", "%%");
}
