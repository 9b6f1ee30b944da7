import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as drizzleKit from 'drizzle-kit/api';
import { describe, expect, it } from 'vitest';
import { agentEvents, eventNames } from '#lib/contract/all-events.ts';
import { auditAction } from '#lib/contract/events.ts';
import { transcript } from '#lib/contract/session.ts';
import * as schema from '#lib/server/core/db/schema/index.ts';
import drizzleConfig from '../drizzle.config.ts';

const IMPORT =
	/^\s*(?:import|export)\s(?:type\s)?[^'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;

/** Paths in backticks, and relative links. */
const CITED = /`((?:src|tests|widget|docs|scripts|drizzle|static|\.ci)\/[\w./[\]()@+-]*)`/g;
const LINKED = /\]\((?!https?:|#)([^)#]+)/g;

/** The drizzle-kit functions used here. Its own types refer to packages that aren't installed. */
interface DrizzleKit {
	generateDrizzleJson(
		schema: object,
		previousId: string,
		filters: undefined,
		casing: string | undefined,
	): object;
	generateMigration(previous: object, current: object): Promise<string[]>;
}

const sources = globSync('src/**/*.{ts,svelte}').filter((file) => !file.endsWith('.test.ts'));

/** Files that SvelteKit, Node.js or a test loads by path. */
const ENTRY_POINTS =
	/\/\+(?:page|layout|server|error)[^/]*$|^src\/(?:app\.d|hooks\.\w+|server|service-worker|check-start)\.ts$|\/embedded\/(?:test-owner|test-support|owner-process)\.ts$/;

/** Returns the specifiers of a file's imports, including type imports. */
function readImports(file: string): string[] {
	return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(
		(match) => match[1] ?? match[2] ?? '',
	);
}

function resolve(from: string, specifier: string): string | undefined {
	const base = specifier.startsWith('#lib/')
		? specifier.replace('#lib', 'src/lib')
		: specifier.startsWith('.')
			? path.join(path.dirname(from), specifier)
			: undefined;
	if (base === undefined) return undefined;
	return existsSync(base) ? base : undefined;
}

const graph = new Map(
	sources.map((file) => [
		file,
		readImports(file).flatMap((specifier) => resolve(file, specifier) ?? []),
	]),
);

function findCycle(edges: ReadonlyMap<string, Iterable<string>>): string[] | undefined {
	const done = new Set<string>();
	const walk = (node: string, trail: string[]): string[] | undefined => {
		if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
		if (done.has(node)) return undefined;
		done.add(node);
		for (const next of edges.get(node) ?? []) {
			const cycle = walk(next, [...trail, node]);
			if (cycle) return cycle;
		}
		return undefined;
	};
	for (const node of edges.keys()) {
		const cycle = walk(node, []);
		if (cycle) return cycle;
	}
	return undefined;
}

/** Returns the imports between folders below `root`. */
function buildFolderGraph(root: RegExp): Map<string, Set<string>> {
	const edges = new Map<string, Set<string>>();
	for (const [file, targets] of graph) {
		const from = path.dirname(file);
		if (!root.test(file)) continue;
		const known = edges.get(from) ?? edges.set(from, new Set()).get(from);
		for (const target of targets.filter((to) => root.test(to))) {
			if (path.dirname(target) !== from) known?.add(path.dirname(target));
		}
	}
	return edges;
}

const SERVER = 'src/lib/server';
/** Returns a file's domain, the nearest folder with an `index.ts`. Core has no domains. */
function findDomain(file: string): string | undefined {
	if (!file.startsWith(`${SERVER}/`) || file.startsWith(`${SERVER}/core/`)) return undefined;
	let folder = path.dirname(file);
	while (folder !== SERVER && !existsSync(`${folder}/index.ts`)) folder = path.dirname(folder);
	return folder === SERVER ? undefined : folder;
}
/** Returns which domains each domain imports. A folder inside a domain belongs to it. */
function buildDomainGraph(): Map<string, Set<string>> {
	const outermost = (file: string) => {
		let domain = DOORS.test(file) ? undefined : findDomain(file);
		for (let outer = domain; outer; outer = findDomain(outer)) domain = outer;
		return domain?.slice(SERVER.length + 1);
	};
	const domains = new Map<string, Set<string>>();
	for (const [file, targets] of graph) {
		const from = outermost(file);
		if (from === undefined) continue;
		const known = domains.get(from) ?? new Set();
		domains.set(from, known);
		for (const to of targets.map(outermost)) if (to !== undefined && to !== from) known.add(to);
	}
	return domains;
}

/** Lists the domains by group and draws their imports in Mermaid, without transitive imports. */
function describeDomains(edges: ReadonlyMap<string, ReadonlySet<string>>): string {
	const groups = new Map<string, string[]>();
	for (const domain of [...edges.keys()].sort()) {
		const [first = '', ...rest] = domain.split('/');
		const group = rest.length > 0 ? first : '';
		groups.set(group, [...(groups.get(group) ?? []), rest.join('/') || first]);
	}
	const reachable = (from: string): Set<string> =>
		new Set([...(edges.get(from) ?? [])].flatMap((to) => [to, ...reachable(to)]));
	const arrows = [...edges].flatMap(([from, targets]) =>
		[...targets]
			.filter((to) => ![...targets].some((other) => reachable(other).has(to)))
			.map((to) => `\t${from} --> ${to}`),
	);
	return `# Domains

The domains in \`${SERVER}/\`, by group, and their imports, without transitive ones. This page is generated:
\`npx vitest run --project architecture -u\` updates it.

${[...groups].map(([group, names]) => `- ${group === '' ? '' : `${group}/: `}${names.join(', ')}`).join('\n')}

\`\`\`mermaid
${['graph LR', ...arrows.sort()].join('\n')}
\`\`\`
`;
}

const DOORS = /^src\/(lib\/server\/(api|realtime|jobs)|routes)\//;
/** Returns 0 for core, 1 for domains, 2 for doors, 3 for composition, and -1 for browser code and the contract. */
function getRank(file: string): number {
	if (!file.startsWith('src/lib/server/'))
		return DOORS.test(file) || !file.startsWith('src/lib/') ? 3 : -1;
	if (file.startsWith('src/lib/server/core/')) return 0;
	if (DOORS.test(file)) return 2;
	return path.dirname(file) === SERVER ? 3 : 1;
}
/** Pure helpers that other domains may import directly, because importing the domain's index would create a cycle. */
const SHARED_HELPERS = new Set([
	'src/lib/server/leads/detect.ts',
	'src/lib/server/sites/site-defaults.ts',
]);

/** The only import of server code into browser code: the types of the API’s routes, which the compiler erases. */
const API_TYPES = 'src/lib/client/api/call.ts → src/lib/server/api/index.ts';

/** Unidiomatic wordings, with what to write instead. */
const UNIDIOMATIC: [RegExp, string][] = [
	[/\d %|\} %/, 'no space before %: format shares with formatShare'],
	[/\bEmpty: /, 'write “Leave blank to …”'],
	[/^(?:Make|Making) (?:the|a|an) /, 'write “Create …”'],
	[/\be-mail/i, 'write “email”'],
	[/\bset-up\b(?! link)/, 'write “setup” or “set up”'],
	[/\b(?:One|an entry) a line\b/, 'write “One per line”'],
	[/\b(?:somebody|anybody|nobody|everybody)\b/i, 'write “someone”, “no one”, or name the role'],
	[/\bcolour/i, 'American English: “color”'],
	[/\b(?:go|goes) on\b/, 'write “continue”'],
	[
		/\bcall(?:s|ed|ing)? (?:a|for a) (?:person|teammate)\b/i,
		'write “request a handoff” or “ask for a person”',
	],
	[/\b(?:mend|mends|mended)\b/i, 'write “fix”'],
];

/** Returns the text that a file may show: string literals and, in components, the text between tags, without comments. */
function extractTexts(source: string): string[] {
	const code = source
		.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\//g, '')
		.replace(/(^|\s)\/\/.*$/gm, '');
	const literals = [...code.matchAll(/'((?:[^'\\\n]|\\.)+)'|"([^"\n]+)"|`([^`]+)`/g)].map(
		(match) => match[1] ?? match[2] ?? match[3] ?? '',
	);
	const markup = code.replace(/<script[\s\S]*?<\/script>/g, '');
	const texts =
		markup === code ? [] : [...markup.matchAll(/>([^<>]+)</g)].map((match) => match[1] ?? '');
	return [...literals, ...texts].map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Verbs without a permission check: they authenticate, or serve public data. */
const PUBLIC = new Set([
	'authenticate',
	'continueSignIn',
	'findInvitation',
	'findPasswordReset',
	'findPhoto',
	'findWeeklyReport',
	'isSetUp',
	'isSetupToken',
	'requestPasswordReset',
	'signIn',
	'signOut',
	'countWidgetEvents',
	'getDemoPage',
	'getWidgetConfig',
	'getWidgetFrame',
	'sendAndAwaitReply',
	'startSession',
	'stopWeeklyReport',
]);

/** Returns the exported functions of a domain that take a context, with their source. */
function listVerbs(door: string): { name: string; text: string }[] {
	const own = readFileSync(door, 'utf8');
	const declared = [...own.matchAll(/export (?:async )?function\*? (\w+)\(/g)].map((m) => m[1]);
	const exported = [...own.matchAll(/export \{([^}]*)\} from '([^']+)'/g)].map(
		([, names = '', from = '']) => ({ names: names.split(','), from }),
	);
	return [{ names: declared, from: path.basename(door) }, ...exported].flatMap(
		({ names, from }) => {
			const source = readFileSync(path.join(path.dirname(door), from), 'utf8');
			return names.flatMap((part = '') => {
				const name = part.trim();
				const start = source.search(new RegExp(`export (async )?function\\*? ${name}\\(`));
				const text = start < 0 ? '' : source.slice(start, source.indexOf('\n}\n', start));
				return /\((ctx|tx|\{ app|\{ db|app)\b|^[^)]*: (Ctx|App)\b/.test(text)
					? [{ name, text }]
					: [];
			});
		},
	);
}

describe('the architecture', () => {
	it('is read from a non-empty import graph', () => {
		expect([...graph.values()].flat().length).toBeGreaterThan(100);
	});

	it('uses import specifiers that name an existing file', () => {
		const unresolved = sources.flatMap((file) =>
			readImports(file)
				.filter((specifier) => /^(\.|#lib\/)/.test(specifier) && !specifier.endsWith('/$types'))
				.filter((specifier) => !resolve(file, specifier.replace(/\?.*$/, '')))
				.map((specifier) => `${file}: ${specifier}`),
		);
		expect(unresolved).toEqual([]);
	});

	it('has no unused files, such as a component that no page shows', () => {
		const used = new Set([...graph.values()].flat());
		for (const file of [...sources, ...globSync('{scripts,widget}/**/*.ts')]) {
			const loaded = [...readFileSync(file, 'utf8').matchAll(/\bimport\('([^']+)'\)/g)];
			for (const specifier of [...readImports(file), ...loaded.map((match) => match[1] ?? '')]) {
				used.add(resolve(file, specifier) ?? '');
			}
		}
		expect(sources.filter((file) => !used.has(file) && !ENTRY_POINTS.test(file))).toEqual([]);
	});

	it('publishes every event and audits every action that the table of events declares', () => {
		const code = sources
			.filter((file) => file.startsWith(`${SERVER}/`))
			.map((file) => readFileSync(file, 'utf8'));
		/** Returns whether a name, or a template that may become it, is used other than as `otherThan` matches. */
		const isUsed = (name: string, otherThan: RegExp) =>
			code.some((text) => {
				const rest = text.replace(otherThan, '');
				return rest.includes(`'${name}'`) || rest.includes(`\`${name.split('.')[0]}.\${`);
			});
		const unpublished = eventNames.filter(
			(name) => !isUsed(name, new RegExp(`\\baction: '${name}'`, 'g')),
		);
		expect(unpublished, 'call record() in the verb').toEqual([]);
		const unaudited = auditAction.options.filter(
			(name) => !isUsed(name, new RegExp(`\\brecord\\(\\w+, '${name}'`, 'g')),
		);
		expect(unaudited, 'call audit() in the verb').toEqual([]);
	});

	it('applies every event that the dashboard receives', () => {
		const code = sources
			.filter((file) => /^src\/(?:routes|lib\/client|lib\/components)\//.test(file))
			.map((file) => readFileSync(file, 'utf8'))
			.join('\n');
		const ignored = Object.keys(agentEvents).filter((name) => !code.includes(`'${name}'`));
		// The server closes the sockets of a signed-out user.
		expect(ignored, 'apply it in a store of src/lib/client').toEqual(['user.signed_out']);
	});

	it('shows every part of a chat that comes with its transcript', () => {
		const components = globSync('src/{lib/components,routes}/**/*.svelte').map((file) =>
			readFileSync(file, 'utf8'),
		);
		const own = ['session', 'lead', 'messages'];
		const unshown = Object.keys(transcript.shape).filter(
			(part) =>
				!own.includes(part) && !components.some((text) => text.includes(`chat().parts.${part}`)),
		);
		expect(unshown, 'read chat().parts in a section of the chat view').toEqual([]);
	});

	it('has no import cycle', () => {
		expect(findCycle(graph)).toBeUndefined();
	});

	it('has no import cycle between folders of browser code', () => {
		const edges = buildFolderGraph(/^src\/lib\/(client|components|markdown|contract)\//);
		expect(edges.size).toBeGreaterThan(10);
		expect(findCycle(edges)).toBeUndefined();
	});

	it('only imports downwards: composition, doors, domains, core', () => {
		const upwards = [...graph].flatMap(([file, targets]) =>
			targets
				.filter((target) => getRank(target) > getRank(file))
				.map((target) => `${file} → ${target}`),
		);
		expect(upwards).toEqual([API_TYPES]);
	});

	it('has no import cycle between domains, and lists them in docs/domains.md', async () => {
		const domains = buildDomainGraph();
		expect(findCycle(domains)).toBeUndefined();
		await expect(describeDomains(domains)).toMatchFileSnapshot('../docs/domains.md');
	});

	it('lets the contract import nothing but zod', () => {
		const foreign = sources
			.filter((file) => file.startsWith('src/lib/contract/'))
			.flatMap((file) =>
				readImports(file)
					.filter((specifier) => specifier !== 'zod' && !specifier.startsWith('./'))
					.map((specifier) => `${file}: ${specifier}`),
			);
		expect(foreign).toEqual([]);
	});

	it('imports other domains only through their index.ts or unchecked.ts', () => {
		const sideways = [...graph].flatMap(([file, targets]) =>
			targets
				.filter((target) => {
					const domain = findDomain(target);
					if (!domain || `${file}/`.startsWith(`${domain}/`)) return false;
					if (target === `${domain}/unchecked.ts`) return false;
					return target !== `${domain}/index.ts` && !SHARED_HELPERS.has(target);
				})
				.map((target) => `${file} → ${target}`),
		);
		expect(sideways).toEqual([]);
	});

	it('never imports server code into browser code, except for the types of the API’s routes', () => {
		const leaks = [...graph].flatMap(([file, targets]) =>
			/^src\/lib\/(client|components)\//.test(file)
				? targets
						.filter((target) => target.startsWith('src/lib/server/'))
						.map((t) => `${file} → ${t}`)
				: [],
		);
		expect(leaks).toEqual([API_TYPES]);
		expect(readFileSync('src/lib/client/api/call.ts', 'utf8')).toContain(
			"import type { DashboardApi } from '#lib/server/api/index.ts'",
		);
	});

	it('never imports unchecked functions into pages, API or sockets', () => {
		const through = [...graph].flatMap(([file, targets]) =>
			/^src\/(routes\/|hooks|lib\/server\/(api|realtime)\/)/.test(file)
				? targets
						.filter((target) => target.endsWith('/unchecked.ts'))
						.map((target) => `${file} → ${target}`)
				: [],
		);
		expect(through).toEqual([]);
		const reexporting = sources.filter(
			(file) =>
				file.endsWith('/index.ts') &&
				/export [^;]* from '[^']*unchecked\.ts'/.test(readFileSync(file, 'utf8')),
		);
		expect(reexporting).toEqual([]);
	});

	it('exports verbs that check a permission from a domain’s index.ts', () => {
		const doors = sources.filter(
			(file) =>
				file.endsWith('/index.ts') && findDomain(file) === path.dirname(file) && !DOORS.test(file),
		);
		const verbs = doors.flatMap((door) => listVerbs(door));
		expect(verbs.length).toBeGreaterThan(100);
		const open = verbs.filter(({ text }) => !/\brequire[A-Z]\w*\(/.test(text));
		expect(new Set(open.map(({ name }) => name))).toEqual(PUBLIC);
	});

	it('composes an App in one place: no hidden singletons, no subscriptions made elsewhere', () => {
		const composition = 'src/lib/server/create-app.ts';
		const code = [...sources, ...globSync('{src,tests,scripts}/**/*.ts')];
		const elsewhere = [...new Set(code)].filter((file) => {
			if (file === composition || file === 'tests/architecture.test.ts') return false;
			const text = readFileSync(file, 'utf8');
			return /new WeakMap<App\b/.test(text) || /^\s*subscribe[A-Z]\w*\(/m.test(text);
		});
		expect(elsewhere).toEqual([]);
		const text = readFileSync(composition, 'utf8');
		const declared = globSync('src/lib/server/**/subscribe.ts').flatMap((file) =>
			[...readFileSync(file, 'utf8').matchAll(/export function (subscribe\w+)/g)].map((m) => m[1]),
		);
		expect(declared.filter((name) => !text.includes(`\t${name},`))).toEqual([]);
	});

	it('reads forms in one place', () => {
		const READS_FORM = /\.formData\(/;
		const readers = sources.filter((file) => READS_FORM.test(readFileSync(file, 'utf8')));
		expect(readers).toEqual(['src/lib/server/forms.ts']);
	});

	it('stores sealed values only under names with which secrets:reseal finds them', () => {
		const uses = sources
			.filter((file) => !file.endsWith('/core/reseal.ts'))
			.flatMap((file) => readFileSync(file, 'utf8').match(/.*\.seal\(.*/g) ?? []);
		expect(uses.length).toBeGreaterThan(5);
		expect(uses.filter((line) => !/\bsealed_\w+(?::| =) /.test(line))).toEqual([]);
	});

	it('writes screen text and model prompts in idiomatic English', () => {
		const found = globSync([
			'src/{routes,lib/client,lib/components,lib/contract,lib/server/delivery}/**/*.{svelte,ts}',
			'src/lib/server/ai/{connectors/openai,n8n-connection}/*.ts',
			'docs/n8n/*.json',
		])
			.filter((file) => !file.includes('.test.'))
			.flatMap((file) =>
				extractTexts(readFileSync(file, 'utf8')).flatMap((text) =>
					UNIDIOMATIC.flatMap(([pattern, instead]) =>
						pattern.test(text) ? [`${file}: “${text}”: ${instead}`] : [],
					),
				),
			);
		expect(found).toEqual([]);
	});

	it('has a migration for every change of the database schema', async () => {
		const { generateDrizzleJson, generateMigration } = drizzleKit as unknown as DrizzleKit;
		const [latest = ''] = globSync('drizzle/meta/*_snapshot.json').toSorted().toReversed();
		const migrated = JSON.parse(readFileSync(latest, 'utf8')) as { id: string };
		const declared = generateDrizzleJson(schema, migrated.id, undefined, drizzleConfig.casing);
		const statements = await generateMigration(migrated, declared);
		expect(statements, 'npm run db:generate -- --name what-it-does').toEqual([]);
	});

	it('contains every path and page that the docs mention', () => {
		const documents = ['README.md', ...globSync('docs/**/*.md')];
		const missing = documents.flatMap((document) => {
			const text = readFileSync(document, 'utf8');
			const cited = [...text.matchAll(CITED)].map((match) => match[1] ?? '');
			const linked = [...text.matchAll(LINKED)].map((match) =>
				path.join(path.dirname(document), match[1] ?? ''),
			);
			return [...cited, ...linked]
				.filter((file) => !existsSync(file))
				.map((file) => `${document}: ${file}`);
		});
		expect(missing).toEqual([]);
	});
});
