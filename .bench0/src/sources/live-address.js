import { z } from "zod";
import { isNetwork } from "../runtime/node-addresses.js";
const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]@]+)):(\d{1,5})$/;
const PORT_MAX = 65_535;
const NETWORKS_MAX = 256;
/** `host:port`, with an IPv6 address in brackets: `gateway.example:5001`, `[2001:db8::1]:5001`. */
export function addressOption() {
    return z
        .string()
        .max(300)
        .regex(ADDRESS, "write host:port, such as 0.0.0.0:5001")
        .transform((text) => {
        const [, bracketed, plain, port] = ADDRESS.exec(text) ?? [];
        return { host: bracketed ?? plain ?? "", port: Number(port) };
    })
        .refine(({ port }) => port <= PORT_MAX, "a port is at most 65535");
}
/** Networks that may send to us, as `10.1.0.0/16` or one address. */
export function networksOption() {
    return z
        .array(z.string().refine(isNetwork, "write an address or a network such as 10.1.0.0/16"))
        .min(1)
        .max(NETWORKS_MAX)
        .optional();
}
