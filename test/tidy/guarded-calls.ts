import { join, relative, sep } from "node:path";
import ts from "typescript";
import { ROOT } from "./repository.js";

/**
 * Finds every place that can send something to somebody else, by the type of what is called and whatever it is named,
 * and says whether it stands under the resilience core: inside of a function that is handed to an `Upstream`.
 */
export interface OutboundUse {
	readonly path: string;
	readonly line: number;
	/** Such as `PollSource.poll`. */
	readonly what: string;
	readonly guarded: boolean;
}

/** What sends, by the file that declares it. */
const OUTBOUND: readonly (readonly [path: string, type: string, members: readonly string[]])[] = [
	["src/runtime/http.ts", "Http", ["request"]],
	["src/sources/source.ts", "PollSource", ["poll"]],
	["src/sources/source.ts", "StreamSource", ["open"]],
	["src/sources/source.ts", "LiveSource", ["connect"]],
	["src/sinks/sink.ts", "DeliverySink", ["open", "write"]],
	["src/channels/channel.ts", "Channel", ["send"]],
];
const GUARDS = ["src/resilience/upstream.ts", "Upstream", ["syncJob", "execute", "attempt"]] as const;
const MEMBERS = new Set(OUTBOUND.flatMap(([, , members]) => members));
/** From a call to the upstream through functions that pass a function on. */
const DEPTH_MAX = 5;

/** Uses in all of `src` but tests and the suites that they call, and in the planted files, whose paths start with `src/`. */
export function outboundUses(planted: Readonly<Record<string, string>> = {}): OutboundUse[] {
	const program = createProgram(planted);
	const checker = program.getTypeChecker();
	const found: OutboundUse[] = [];
	for (const file of program.getSourceFiles()) {
		const path = pathOf(file);
		if (!path.startsWith("src/") || /^src\/testing\/|\.test\.ts$/.test(path)) continue;
		const visit = (node: ts.Node): void => {
			const what = outboundAt(node, checker);
			if (what !== undefined) {
				const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
				found.push({ path, line, what, guarded: isGuarded(node, checker, 0) });
			}
			ts.forEachChild(node, visit);
		};
		visit(file);
	}
	return found;
}

function createProgram(planted: Readonly<Record<string, string>>): ts.Program {
	const read = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
	const { fileNames, options } = ts.parseJsonConfigFileContent(read.config, ts.sys, ROOT);
	const host = ts.createCompilerHost(options);
	const texts = new Map(Object.entries(planted).map(([path, text]) => [join(ROOT, path), text]));
	const { fileExists, readFile, getSourceFile } = host;
	host.fileExists = (name) => texts.has(name) || fileExists(name);
	host.readFile = (name) => texts.get(name) ?? readFile(name);
	host.getSourceFile = (name, version, ...rest) => {
		const text = texts.get(name);
		return text === undefined
			? getSourceFile(name, version, ...rest)
			: ts.createSourceFile(name, text, version, true);
	};
	return ts.createProgram({ rootNames: [...fileNames, ...texts.keys()], options, host });
}

/** The outbound member that is named here: called, handed on or taken apart. */
function outboundAt(node: ts.Node, checker: ts.TypeChecker): string | undefined {
	if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return undefined;
	if (!MEMBERS.has(node.text)) return undefined;
	const { parent } = node;
	const isAccess = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
	const symbol = isAccess
		? checker.getSymbolAtLocation(node)
		: ts.isBindingElement(parent)
			? checker.getTypeAtLocation(parent.parent).getProperty(node.text)
			: undefined;
	for (const [path, type, members] of OUTBOUND) {
		if (members.includes(node.text) && isMemberOf(symbol, path, type)) return `${type}.${node.text}`;
	}
	return undefined;
}

function isMemberOf(symbol: ts.Symbol | undefined, path: string, type: string): boolean {
	return (symbol?.declarations ?? []).some(
		({ parent }) =>
			ts.isInterfaceDeclaration(parent) &&
			parent.name.text === type &&
			pathOf(parent.getSourceFile()) === path,
	);
}

/** Whether some function around the node is handed to an upstream. */
function isGuarded(node: ts.Node, checker: ts.TypeChecker, depth: number): boolean {
	for (let at = node.parent; at !== undefined; at = at.parent) {
		if ((ts.isArrowFunction(at) || ts.isFunctionExpression(at)) && isHandedToGuard(at, checker, depth))
			return true;
	}
	return false;
}

function isHandedToGuard(made: ts.Expression, checker: ts.TypeChecker, depth: number): boolean {
	if (depth > DEPTH_MAX) return false;
	const { parent } = made;
	if (ts.isCallExpression(parent)) return isGuardCall(parent, parent.arguments.indexOf(made), checker, depth);
	if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
	const uses = usesOf(parent.name, parent.getSourceFile(), checker);
	return uses.length > 0 && uses.every((use) => isHandedToGuard(use, checker, depth + 1));
}

/** Whether the argument at this place is run by an upstream only. */
function isGuardCall(call: ts.CallExpression, at: number, checker: ts.TypeChecker, depth: number): boolean {
	if (at < 0) return false;
	const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
	const symbol = checker.getSymbolAtLocation(callee);
	const [path, type, members] = GUARDS;
	if (isMemberOf(symbol, path, type) && (members as readonly string[]).includes(callee.getText()))
		return at < 2;
	const made = symbol?.valueDeclaration;
	if (made === undefined || !(ts.isMethodDeclaration(made) || ts.isFunctionDeclaration(made))) return false;
	const name = made.parameters[at]?.name;
	if (name === undefined || !ts.isIdentifier(name) || made.body === undefined) return false;
	const uses = usesOf(name, made.body, checker);
	const passes = (use: ts.Identifier) =>
		isGuarded(use, checker, depth + 1) || isHandedToGuard(use, checker, depth + 1);
	return uses.length > 0 && uses.every(passes);
}

function usesOf(name: ts.Identifier, scope: ts.Node, checker: ts.TypeChecker): ts.Identifier[] {
	const symbol = checker.getSymbolAtLocation(name);
	const uses: ts.Identifier[] = [];
	const visit = (node: ts.Node): void => {
		const isUse = ts.isIdentifier(node) && node !== name && node.text === name.text;
		if (isUse && checker.getSymbolAtLocation(node) === symbol) uses.push(node);
		ts.forEachChild(node, visit);
	};
	visit(scope);
	return uses;
}

function pathOf(file: ts.SourceFile): string {
	return relative(ROOT, file.fileName).split(sep).join("/");
}
