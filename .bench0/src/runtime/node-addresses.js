import { lookup as dnsLookup } from "node:dns";
import { BlockList, isIP } from "node:net";
import { Failure } from "../model/failure.js";
/**
 * Where the addresses of a network's own machines lie, and others that no public host has: RFC 6890 and the IANA registries of
 * special-purpose addresses. 169.254.169.254, the metadata of clouds, is among the link-local ones.
 */
const PRIVATE_V4 = [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
];
const PRIVATE_V6 = [
    ["::", 127],
    ["64:ff9b:1::", 48],
    ["100::", 64],
    ["2001:db8::", 32],
    ["fc00::", 7],
    ["fe80::", 10],
    ["fec0::", 10],
    ["ff00::", 8],
];
/** IPv6 addresses that carry an IPv4 one: after the first so many hexadecimal groups of these prefixes. */
const CARRIERS = [
    ["::ffff:0:0", 96, 6],
    ["::", 96, 6],
    ["64:ff9b::", 96, 6],
    ["2002::", 16, 1],
];
const PRIVATE = new BlockList();
for (const [net, bits] of PRIVATE_V4)
    PRIVATE.addSubnet(net, bits, "ipv4");
for (const [net, bits] of PRIVATE_V6)
    PRIVATE.addSubnet(net, bits, "ipv6");
/** True for what is no public host: loopback, private, link-local, shared, documentation, multicast, reserved. */
export function isPrivateAddress(address) {
    const plain = address.replace(/%.*$/, "");
    const family = isIP(plain);
    if (family === 0)
        return false;
    if (PRIVATE.check(plain, family === 6 ? "ipv6" : "ipv4"))
        return true;
    if (family === 4)
        return false;
    return CARRIERS.some(([net, bits, at]) => {
        const carrier = new BlockList();
        carrier.addSubnet(net, bits, "ipv6");
        return carrier.check(plain, "ipv6") && PRIVATE.check(carriedAddress(plain, at), "ipv4");
    });
}
/** The IPv4 address in the two groups from `at` on. */
function carriedAddress(address, at) {
    // The parser of URLs writes every form of an IPv6 address in one way, with the IPv4 part in hexadecimal.
    const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
    const [head = "", tail] = short.split("::");
    const first = head.split(":").filter(Boolean);
    const last = (tail ?? "").split(":").filter(Boolean);
    const groups = [...first, ...new Array(8 - first.length - last.length).fill("0"), ...last];
    const high = Number.parseInt(groups[at] ?? "0", 16);
    const low = Number.parseInt(groups[at + 1] ?? "0", 16);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
/** Refuses a URL whose host is a private address as it stands: no resolver is asked about such a host. */
export function refusePrivateHost(url) {
    const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    if (host === "localhost" || host.endsWith(".localhost") || isPrivateAddress(host)) {
        throw refusal(url.host, "is");
    }
}
/**
 * Resolves as the platform does and leaves private addresses out. It stands where the socket takes its address from, so a
 * name that changes its address between a check and its use gains nothing.
 */
export function lookupPublic(hostname, options, answer) {
    dnsLookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) {
            answer(error, []);
            return;
        }
        const open = found.filter(({ address }) => !isPrivateAddress(address));
        const [first] = open;
        if (first === undefined)
            answer(refusal(hostname, "has"), []);
        else if (options.all === true)
            answer(null, open);
        else
            answer(null, first.address, first.family);
    });
}
function refusal(host, how) {
    const what = how === "is" ? "is a private address" : "has private addresses only";
    return new Failure("net.private_address", `${host} ${what}: data that is meant for others must not end at a machine of this network by mistake. If it is meant ` +
        "to, set allowPrivateAddresses: true", { details: { host } });
}
/** IPv4 in its own form where a socket for both families says `::ffff:10.0.0.1`, and without the zone of a link. */
export function plainAddress(address) {
    return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
/** A network as `10.1.0.0/16`, or one address. */
export function isNetwork(text) {
    const [address = "", bits, ...rest] = text.split("/");
    const family = isIP(address);
    if (family === 0 || rest.length > 0)
        return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
/** Says of an address whether it lies in one of the networks. */
export function inNetworks(networks) {
    const list = new BlockList();
    for (const network of networks) {
        const [address = "", bits] = network.split("/");
        const family = isIP(address) === 6 ? "ipv6" : "ipv4";
        list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
    }
    return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
