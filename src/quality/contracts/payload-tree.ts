import type { XmlElement } from "../../formats/xml-element.js";
import type { ContractPayload, JsonType } from "./contract.js";

/**
 * A payload as contracts see it: the values that a decoder parsed, looked at in place. `isText`: every value is text, as in
 * XML and CSV; there a text that reads as a number is a number, an empty one is absent, and one element may be a list.
 */
export interface PayloadTree {
	readonly isText: boolean;
	/** Never `integer`. */
	typeOf(value: unknown): JsonType;
	/** Of an object. */
	names(value: unknown): readonly string[];
	/** Undefined where there is none. */
	get(value: unknown, name: string): unknown;
	/** A text, number, boolean or null. */
	scalar(value: unknown): unknown;
	/** Takes a value out of what holds it: an object or a list. The decoder finds the payload without it. */
	remove(holder: unknown, name: string, value: unknown): void;
}

export function payloadTree(payload: ContractPayload): PayloadTree {
	if (payload === "xml") return XML_TREE;
	return payload === "csv" ? ROWS_TREE : JSON_TREE;
}

const JSON_TREE: PayloadTree = Object.freeze({
	isText: false,
	typeOf: jsonTypeOf,
	names: (value: unknown) => Object.keys(value as object),
	get: jsonField,
	scalar: (value: unknown) => value,
	remove: removeFromJson,
});
const ROWS_TREE: PayloadTree = Object.freeze({ ...JSON_TREE, isText: true });

function jsonTypeOf(value: unknown): JsonType {
	if (value === null) return "null";
	if (Array.isArray(value)) return "array";
	const type = typeof value;
	return type === "number" || type === "string" || type === "boolean" ? type : "object";
}

function jsonField(value: unknown, name: string): unknown {
	return Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function removeFromJson(holder: unknown, name: string, value: unknown): void {
	if (!Array.isArray(holder)) {
		delete (holder as Record<string, unknown>)[name];
		return;
	}
	const place = holder.indexOf(value);
	if (place >= 0) holder.splice(place, 1);
}

/** An element with neither attributes nor children is its text; repeated elements are a list; an attribute is text. */
const XML_TREE: PayloadTree = Object.freeze({
	isText: true,
	typeOf(value: unknown): JsonType {
		if (typeof value === "string") return "string";
		if (Array.isArray(value)) return "array";
		return isLeaf(value as XmlElement) ? "string" : "object";
	},
	names(value: unknown): readonly string[] {
		const { attributes, children, text } = value as XmlElement;
		const names = new Set<string>();
		for (const name in attributes) names.add(`@${name}`);
		for (const child of children) names.add(child.name);
		if (text !== "") names.add("#text");
		return [...names];
	},
	get(value: unknown, name: string): unknown {
		const { attributes, children, text } = value as XmlElement;
		if (name.startsWith("@"))
			return Object.hasOwn(attributes, name.slice(1)) ? attributes[name.slice(1)] : undefined;
		if (name === "#text") return text === "" ? undefined : text;
		let first: XmlElement | undefined;
		let list: XmlElement[] | undefined;
		for (const child of children) {
			if (child.name !== name) continue;
			if (first === undefined) first = child;
			else if (list === undefined) list = [first, child];
			else list.push(child);
		}
		return list ?? first;
	},
	scalar: (value: unknown) => (typeof value === "string" ? value : (value as XmlElement).text),
	remove(holder: unknown, name: string, value: unknown): void {
		const { attributes, children } = holder as {
			readonly attributes: Record<string, string>;
			readonly children: XmlElement[];
		};
		if (name.startsWith("@")) delete attributes[name.slice(1)];
		else if (name === "#text") (holder as { text: string }).text = "";
		else {
			const gone = Array.isArray(value) ? value : [value];
			for (const one of gone) {
				const place = children.indexOf(one as XmlElement);
				if (place >= 0) children.splice(place, 1);
			}
		}
	},
});

function isLeaf({ attributes, children }: XmlElement): boolean {
	if (children.length > 0) return false;
	for (const _ in attributes) return false;
	return true;
}
