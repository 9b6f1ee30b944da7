// Lints components and the boundaries between parts. oxlint (.oxlintrc.json), which is faster, lints everything else.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Forbids imports in files; each pattern’s message says what to do instead. */
const restrict = (files, patterns, ignores = []) => ({
	files,
	ignores,
	rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

const drizzle = {
	group: ['drizzle-orm', 'drizzle-orm/*', 'pg', '**/db/client.ts', '**/db/schema/*'],
	message:
		'A door calls a verb of a domain (src/lib/server/<group>/<domain>/index.ts); only domains run SQL.',
	allowTypeImports: true,
};
const lucia = {
	group: ['lucia', 'oslo', 'oslo/*', '@lucia-auth/*'],
	message: 'Only src/lib/server/team/auth imports lucia and oslo: call its verbs.',
};
const otherDoors = (...doors) => ({
	group: [...doors.flatMap((door) => [`**/${door}`, `**/${door}/*`]), '!#lib/client/**'],
	message: 'Doors never import each other: put what both need into a domain.',
});
const serverInBrowser = {
	group: ['**/lib/server', '**/lib/server/**', '#lib/server/**'],
	message: 'This runs in the browser: import the contract, not server code.',
};
const environment = {
	selector: "MemberExpression[object.name='process'][property.name='env']",
	message: 'Only src/lib/server/core/config.ts reads the environment: use app.config.',
};
const systemClock = {
	object: 'Date',
	property: 'now',
	message: 'The system clock may be set back: measure with performance.now(), or use app.clock().',
};
/** Calls that read a request's body in a page or an action; `response.json()` and the like are allowed. */
const requestBody = {
	selector:
		"CallExpression[callee.property.name=/^(?:formData|json|text|arrayBuffer|bytes|blob)$/]:matches([callee.object.name='request'], [callee.object.property.name='request'])",
	message:
		'Only readForm and submitForm (src/lib/server/forms.ts) read a form: they limit its size and rate, and accept only flat fields.',
};
const descendingIndex = {
	selector: "CallExpression[callee.property.name='desc']",
	message:
		'An index made with .desc() has NULLS LAST, which no ORDER BY … DESC uses: leave it ascending, Postgres reads it backwards.',
};
const unchecked = {
	group: ['**/unchecked.ts'],
	message:
		'These functions check no permission. Call a verb of index.ts, or add one that starts with a require… check.',
};
const DOORS = ['api', 'realtime', 'jobs'];

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'widget/dist/',
			'static/',
			'data/',
			'drizzle/',
			'node_modules/',
			'tests/',
			'scripts/',
			'*.*',
		],
	},
	{
		files: ['**/*.ts'],
		languageOptions: { parser: ts.parser },
		plugins: { '@typescript-eslint': ts.plugin },
		rules: { 'no-restricted-syntax': ['error', environment] },
	},
	{
		files: ['src/lib/server/**/*.ts'],
		ignores: ['**/*.test.ts', 'src/lib/server/core/db/clock.ts'],
		rules: { 'no-restricted-properties': ['error', systemClock] },
	},
	{
		files: ['**/*.svelte'],
		extends: [js.configs.recommended, ts.configs.recommended, svelte.configs.recommended],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
		rules: {
			// svelte-check resolves names.
			'no-undef': 'off',
			// Props are declared with `let`: some of them are bound.
			'prefer-const': 'off',
			'no-console': 'error',
			'no-restricted-syntax': ['error', environment],
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
			],
			'svelte/no-at-html-tags': 'error',
			// Frontdesk is served from the root: there is no base path to resolve.
			'svelte/no-navigation-without-resolve': 'off',
			// Stores keep plain collections for themselves and show raw state that they replace.
			'svelte/prefer-svelte-reactivity': 'off',
		},
	},
	{
		files: ['src/lib/server/core/db/schema/*.ts'],
		rules: { 'no-restricted-syntax': ['error', environment, descendingIndex] },
	},
	restrict(
		['src/lib/server/api/**/*.ts'],
		[drizzle, lucia, unchecked, otherDoors('realtime', 'jobs')],
		['**/*.test.ts'],
	),
	restrict(
		['src/lib/server/realtime/**/*.ts'],
		[drizzle, lucia, unchecked, otherDoors('api', 'jobs')],
		['**/*.test.ts'],
	),
	restrict(
		['src/lib/server/jobs/**/*.ts'],
		[drizzle, lucia, otherDoors('api', 'realtime')],
		['**/*.test.ts'],
	),
	restrict(
		['src/routes/**/*.ts', 'src/hooks.server.ts'],
		[drizzle, lucia, unchecked, otherDoors(...DOORS)],
	),
	{
		files: ['src/routes/**/*.ts', 'src/hooks.server.ts'],
		rules: { 'no-restricted-syntax': ['error', environment, requestBody] },
	},
	restrict(
		['src/lib/server/*/**/*.ts'],
		[lucia, otherDoors(...DOORS)],
		['**/*.test.ts', 'src/lib/server/team/auth/**', 'src/lib/server/{api,realtime,jobs}/**'],
	),
	restrict(
		['src/lib/client/**', 'src/lib/components/**'],
		[drizzle, lucia, serverInBrowser],
		['**/*.test.ts'],
	),
	// The client is typed by the API's routes; the compiler erases the import.
	restrict(
		['src/lib/client/api/call.ts'],
		[drizzle, lucia, { ...serverInBrowser, allowTypeImports: true }],
	),
	restrict(
		['widget/**/*.ts'],
		[drizzle, lucia, serverInBrowser],
		['**/*.test.ts', 'widget/vite.config.ts'],
	),
	restrict(
		['src/lib/contract/**/*.ts'],
		[
			{
				regex: '^(?!zod$|[.]/)',
				message: 'The contract imports only zod and its own files.',
			},
		],
		['**/*.test.ts'],
	),
	{
		files: ['src/server.js', 'src/lib/server/runtime.ts', '**/*.test.ts'],
		rules: { 'no-restricted-syntax': 'off' },
	},
);
