import ts from "typescript";

/**
 * Finds uses of what only `src/runtime` may use: clock, timers, chance, the network, the disk and the machine's own time
 * zone. It reads the syntax tree, so comments and texts may name them, and so may types.
 */
export interface BannedUse {
	readonly line: number;
	readonly what: string;
	/** What to use instead. */
	readonly instead: string;
}

const CLOCK = "use Clock.now() or Clock.monotonic(), and formats/ for calendars";
const TIMER = "use Clock.after() or sleep()";
const CHANCE = "use Chance.next() or Chance.bytes()";
const NETWORK = "use Http.request(), or WireServer for tests";
const WORLD = "take it as an argument; the cli hands it in";

const GLOBALS: Readonly<Record<string, string>> = {
	Date: CLOCK,
	performance: CLOCK,
	setTimeout: TIMER,
	setInterval: TIMER,
	setImmediate: TIMER,
	clearTimeout: TIMER,
	clearInterval: TIMER,
	clearImmediate: TIMER,
	fetch: NETWORK,
	WebSocket: NETWORK,
	EventSource: NETWORK,
	crypto: CHANCE,
	process: WORLD,
	require: "import it at the top of the file",
};

const MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	Math: { random: CHANCE },
	AbortSignal: { timeout: TIMER },
};

/** Of `node:crypto` only what computes may be imported. */
const CHANCE_IMPORTS = new Set([
	"default",
	"generateKey",
	"generateKeyPair",
	"generateKeyPairSync",
	"generateKeySync",
	"generatePrime",
	"generatePrimeSync",
	"getRandomValues",
	"pseudoRandomBytes",
	"randomBytes",
	"randomFill",
	"randomFillSync",
	"randomInt",
	"randomUUID",
	"webcrypto",
]);

const MODULES: Readonly<Record<string, string>> = {
	child_process: WORLD,
	cluster: WORLD,
	dgram: NETWORK,
	dns: NETWORK,
	"dns/promises": NETWORK,
	fs: "use Files",
	"fs/promises": "use Files",
	http: NETWORK,
	http2: NETWORK,
	https: NETWORK,
	inspector: WORLD,
	net: NETWORK,
	os: WORLD,
	perf_hooks: CLOCK,
	process: WORLD,
	readline: WORLD,
	"readline/promises": WORLD,
	timers: TIMER,
	"timers/promises": TIMER,
	tls: NETWORK,
	undici: NETWORK,
	v8: WORLD,
	vm: WORLD,
	worker_threads: WORLD,
};

/** Where which of the bans does not hold, and why. A word is a global, a member or a module. */
export const EXCEPTIONS: readonly {
	readonly path: RegExp;
	readonly allowed: readonly string[] | "all";
	readonly why: string;
}[] = [
	{ path: /^src\/runtime\//, allowed: "all", why: "it is the world" },
	{
		path: /^src\/stores\//,
		allowed: ["fs", "worker_threads", "process"],
		why: "a store owns its files, its lock and its thread, and names the process that has it",
	},
	{
		path: /^src\/cli\/(main|terminal|temporary-folder)\.ts$/,
		allowed: ["process", "fs/promises", "os"],
		why: "the command line is where the process and its terminal come in",
	},
	{
		path: /^src\/cli\/admin-client\.ts$/,
		allowed: ["http"],
		why: "a tap is an answer without an end, and Http.request() answers with whole bodies",
	},
];

/** What may be used in a file, as words of `EXCEPTIONS`. */
export function allowedIn(path: string): ReadonlySet<string> | "all" {
	const words = new Set<string>();
	for (const { path: where, allowed } of EXCEPTIONS) {
		if (!where.test(path)) continue;
		if (allowed === "all") return "all";
		for (const word of allowed) words.add(word);
	}
	return words;
}

export function bannedUses(path: string, text: string): BannedUse[] {
	const allowed = allowedIn(path);
	if (allowed === "all") return [];
	const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
	const found: BannedUse[] = [];
	const report = (node: ts.Node, word: string, what: string, instead: string) => {
		if (allowed.has(word)) return;
		found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what, instead });
	};
	const visit = (node: ts.Node): void => {
		if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
		if (ts.isIdentifier(node)) checkIdentifier(node, report);
		if (ts.isPropertyAccessExpression(node)) checkMember(node, report);
		if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) checkImport(node, report);
		if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
			const [name] = node.arguments;
			if (name && ts.isStringLiteral(name)) checkModule(node, name.text, report);
		}
		if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && isDateFormat(node) && !namesZone(node))
			report(
				node,
				"Intl",
				"Intl.DateTimeFormat without timeZone",
				"name the zone; the machine's own is unknown",
			);
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

type Report = (node: ts.Node, word: string, what: string, instead: string) => void;

function checkIdentifier(node: ts.Identifier, report: Report): void {
	const instead = Object.hasOwn(GLOBALS, node.text) ? GLOBALS[node.text] : undefined;
	if (instead === undefined || isOnlyAName(node)) return;
	report(node, node.text, node.text, instead);
}

/** True where the identifier does not read the global: a name of a property, parameter, import or declaration. */
function isOnlyAName(node: ts.Identifier): boolean {
	const { parent } = node;
	if (ts.isPropertyAccessExpression(parent))
		return parent.name === node && parent.expression.getText() !== "globalThis";
	if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent))
		return (ts.isPropertyAssignment(parent) ? parent.name : parent.propertyName) === node;
	if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true;
	if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent)) return true;
	const named =
		ts.isPropertySignature(parent) ||
		ts.isPropertyDeclaration(parent) ||
		ts.isMethodDeclaration(parent) ||
		ts.isMethodSignature(parent) ||
		ts.isGetAccessorDeclaration(parent) ||
		ts.isParameter(parent) ||
		ts.isVariableDeclaration(parent) ||
		ts.isFunctionDeclaration(parent);
	return named && parent.name === node;
}

function checkMember(node: ts.PropertyAccessExpression, report: Report): void {
	const owner = node.expression.getText();
	const member = node.name.text;
	const instead = Object.hasOwn(MEMBERS, owner) ? MEMBERS[owner]?.[member] : undefined;
	if (instead !== undefined) report(node, `${owner}.${member}`, `${owner}.${member}`, instead);
	if (["toLocaleDateString", "toLocaleTimeString", "getTimezoneOffset"].includes(member))
		report(node, member, member, "use formats/local-time with a named zone");
	if (["randomBytes", "randomUUID", "getRandomValues", "randomInt"].includes(member))
		report(node, member, member, CHANCE);
}

function checkImport(node: ts.ImportDeclaration | ts.ExportDeclaration, report: Report): void {
	const name = node.moduleSpecifier;
	if (!name || !ts.isStringLiteral(name)) return;
	if (ts.isImportDeclaration(node) && node.importClause?.isTypeOnly) return;
	checkModule(node, name.text, report);
	if (!/^(node:)?crypto$/.test(name.text)) return;
	const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
	const bindings = clause?.namedBindings;
	if (!bindings || !ts.isNamedImports(bindings)) {
		report(node, "crypto", "all of node:crypto", `import by name what computes; for chance ${CHANCE}`);
		return;
	}
	for (const { propertyName, name: local } of bindings.elements) {
		const imported = (propertyName ?? local).text;
		if (CHANCE_IMPORTS.has(imported)) report(node, imported, imported, CHANCE);
	}
}

function checkModule(node: ts.Node, name: string, report: Report): void {
	const plain = name.replace(/^node:/, "");
	const instead = Object.hasOwn(MODULES, plain) ? MODULES[plain] : undefined;
	if (instead !== undefined) report(node, plain, `import of ${name}`, instead);
}

function isDateFormat(node: ts.NewExpression | ts.CallExpression): boolean {
	return /^Intl\s*\.\s*DateTimeFormat$/.test(node.expression.getText());
}

function namesZone(node: ts.NewExpression | ts.CallExpression): boolean {
	const options = node.arguments?.[1];
	return (
		options !== undefined &&
		ts.isObjectLiteralExpression(options) &&
		options.properties.some((property) => property.name?.getText() === "timeZone")
	);
}
