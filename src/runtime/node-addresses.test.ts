import { describe, expect, it } from "vitest";
import { isPrivateAddress, lookupPublic } from "./node-addresses.js";
import { createNodeHttp } from "./node-http.js";

describe("isPrivateAddress", () => {
	it.each([
		"127.0.0.1",
		"10.1.2.3",
		"172.16.0.1",
		"172.31.255.255",
		"192.168.1.1",
		"169.254.169.254",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"255.255.255.255",
		"::1",
		"::",
		"fe80::1",
		"fe80::1%eth0",
		"fd12:3456::1",
		"::ffff:10.0.0.1",
		"::ffff:7f00:1",
		"::127.0.0.1",
		"64:ff9b::192.168.0.1",
		"2002:0a00:0001::1",
		"2001:db8::1",
	])("%s is", (address) => {
		expect(isPrivateAddress(address)).toBe(true);
	});

	it.each([
		"8.8.8.8",
		"172.15.0.1",
		"172.32.0.1",
		"192.167.1.1",
		"11.0.0.1",
		"2606:4700::1111",
		"::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8",
		"2002:0808:0808::1",
		"partner.example",
	])("%s is not", (address) => {
		expect(isPrivateAddress(address)).toBe(false);
	});
});

describe("a request to public hosts only", () => {
	it.each([
		["an address", "http://127.0.0.1:9/"],
		["an address in another spelling", "http://2130706433:9/"],
		["an address in octal", "http://0177.0.0.1:9/"],
		["an IPv6 address", "http://[::1]:9/"],
		["a mapped address", "http://[::ffff:127.0.0.1]:9/"],
		["the name of this machine", "http://localhost:9/"],
		["a name under it, with the root's dot", "http://any.localhost.:9/"],
	])("refuses %s before it asks anybody", async (_, url) => {
		const http = createNodeHttp({ proxy: "none" });
		const asked = http.request({ method: "GET", url, publicOnly: true });
		await expect(asked).rejects.toMatchObject({ code: "net.private_address", kind: "permanent" });
		await expect(asked).rejects.toThrow(/allowPrivateAddresses: true/);
		await http.close();
	});

	it("refuses a name that leads to private addresses only, where the connection is made", async () => {
		const answer = await new Promise((resolve) => lookupPublic("localhost", {}, (error) => resolve(error)));
		expect(answer).toMatchObject({ code: "net.private_address" });
	});

	it("gives no other answer about a name that does not exist than the platform", async () => {
		const answer = await new Promise((resolve) =>
			lookupPublic("wayside-does-not-exist.invalid", { all: true }, (error) => resolve(error)),
		);
		expect(answer).toMatchObject({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
	});
});
