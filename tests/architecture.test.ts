import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const IMPORT =
	/^\s*(?:import|export)\s(?:type\s)?[^'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm;

/** Paths in backquotes, and links that stay in the repository. */
const CITED = /`((?:src|tests|widget|docs|scripts|drizzle|static|\.ci)\/[\w./[\]()@+-]*)`/g;
const LINKED = /\]\((?!https?:|#)([^)#]+)/g;

const sources = globSync('src/**/*.{ts,svelte}').filter((file) => !file.endsWith('.test.ts'));

/** What a file imports, types included: a reader follows those, too. */
function imports(file: string): string[] {
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
		imports(file).flatMap((specifier) => resolve(file, specifier) ?? []),
	]),
);

function findCycle(): string[] | undefined {
	const done = new Set<string>();
	const walk = (file: string, trail: string[]): string[] | undefined => {
		if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
		if (done.has(file)) return undefined;
		done.add(file);
		for (const next of graph.get(file) ?? []) {
			const cycle = walk(next, [...trail, file]);
			if (cycle) return cycle;
		}
		return undefined;
	};
	for (const file of graph.keys()) {
		const cycle = walk(file, []);
		if (cycle) return cycle;
	}
	return undefined;
}

const SERVER = 'src/lib/server';
/** The domain of a file: its nearest folder with an `index.ts`, which is the domain's door. Core has no doors. */
function domainOf(file: string): string | undefined {
	if (!file.startsWith(`${SERVER}/`) || file.startsWith(`${SERVER}/core/`)) return undefined;
	let folder = path.dirname(file);
	while (folder !== SERVER && !existsSync(`${folder}/index.ts`)) folder = path.dirname(folder);
	return folder === SERVER ? undefined : folder;
}
const DOORS = /^src\/(lib\/server\/(api|realtime|jobs)|routes)\//;
/** 0 core, 1 domains, 2 doors, 3 composition; what runs in a browser, and the contract, have ranks of their own below. */
function rankOf(file: string): number {
	if (!file.startsWith('src/lib/server/'))
		return DOORS.test(file) || !file.startsWith('src/lib/') ? 3 : -1;
	if (file.startsWith('src/lib/server/core/')) return 0;
	if (DOORS.test(file)) return 2;
	return path.dirname(file) === SERVER ? 3 : 1;
}
/** Pure helpers that another domain may use without its door, to keep the door free of cycles. */
const SHARED = new Set([
	'src/lib/server/leads/detect.ts',
	'src/lib/server/sites/default-questions.ts',
]);

describe('the structure', () => {
	it('reads imports at all', () => {
		expect([...graph.values()].flat().length).toBeGreaterThan(100);
	});

	it('names the file in every import, as Node and every tool resolves it', () => {
		const unresolved = sources.flatMap((file) =>
			imports(file)
				.filter((specifier) => /^(\.|#lib\/)/.test(specifier) && !specifier.endsWith('/$types'))
				.filter((specifier) => !resolve(file, specifier.replace(/\?.*$/, '')))
				.map((specifier) => `${file}: ${specifier}`),
		);
		expect(unresolved).toEqual([]);
	});

	it('has no import cycle', () => {
		expect(findCycle()).toBeUndefined();
	});

	it('imports downwards only: composition, doors, domains, core', () => {
		const upwards = [...graph].flatMap(([file, targets]) =>
			targets
				.filter((target) => rankOf(target) > rankOf(file))
				.map((target) => `${file} → ${target}`),
		);
		expect(upwards).toEqual([]);
	});

	it('lets the contract import zod alone', () => {
		const foreign = sources
			.filter((file) => file.startsWith('src/lib/contract/'))
			.flatMap((file) =>
				imports(file)
					.filter((specifier) => specifier !== 'zod' && !specifier.startsWith('./'))
					.map((specifier) => `${file}: ${specifier}`),
			);
		expect(foreign).toEqual([]);
	});

	it('enters a domain by its index.ts', () => {
		const sideways = [...graph].flatMap(([file, targets]) =>
			targets
				.filter((target) => {
					const domain = domainOf(target);
					if (!domain || `${file}/`.startsWith(`${domain}/`)) return false;
					return target !== `${domain}/index.ts` && !SHARED.has(target);
				})
				.map((target) => `${file} → ${target}`),
		);
		expect(sideways).toEqual([]);
	});

	it('keeps the server out of what runs in a browser', () => {
		const leaks = [...graph].flatMap(([file, targets]) =>
			/^src\/lib\/(client|components)\//.test(file)
				? targets
						.filter((target) => target.startsWith('src/lib/server/'))
						.map((t) => `${file} → ${t}`)
				: [],
		);
		expect(leaks).toEqual([]);
	});

	it('reads forms in one place, which the form library never gets a request of', () => {
		const READS_FORM = /\.formData\(|\bsuperValidate\(|\bparseFormData\(/;
		const readers = sources.filter((file) => READS_FORM.test(readFileSync(file, 'utf8')));
		expect(readers).toEqual(['src/lib/server/forms.ts']);
		const text = readFileSync('src/lib/server/forms.ts', 'utf8');
		const given = [...text.matchAll(/superValidate\((\w+)/g)].map((match) => match[1]);
		expect(new Set(given)).toEqual(new Set(['values']));
	});

	it('has every path that the documents cite, and every page that they link to', () => {
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
