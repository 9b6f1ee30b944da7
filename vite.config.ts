import { availableParallelism } from 'node:os';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { pageChunks } from './scripts/page-chunks.ts';
import { frontdeskDev } from './scripts/vite-dev-server.ts';
import { widgetDev } from './scripts/vite-widget-dev.ts';
import { WAIT_TIMEOUT_MS } from './tests/support/wait-timeout.ts';

const database = { globalSetup: ['tests/support/database-server.ts'] };

// Vitest leaves one core idle by default.
const maxWorkers = availableParallelism();

// Real servers and browsers: several files run at once, so that one computes while others wait. Each needs up to 1 GB.
const process = {
	maxWorkers: Math.min(maxWorkers + 1, 4),
	maxConcurrency: 3,
	isolate: false,
	sequence: { groupOrder: 1 },
	testTimeout: 600_000,
	hookTimeout: 600_000,
	globalSetup: ['tests/support/build.ts', 'tests/support/database-server.ts'],
};
const browser = {
	...process,
	globalSetup: ['tests/support/chromium.ts', ...process.globalSetup],
};

export default defineConfig({
	plugins: [tailwindcss(), sveltekit(), widgetDev(), frontdeskDev()],
	// Its output isn't printed.
	build: { reportCompressedSize: false },
	environments: {
		client: {
			build: { rolldownOptions: { output: { codeSplitting: { groups: pageChunks } } } },
		},
	},
	test: {
		// Polling ends as soon as the condition holds.
		expect: { requireAssertions: true, poll: { timeout: WAIT_TIMEOUT_MS } },
		setupFiles: ['tests/support/set-wait-timeout.ts', 'tests/support/set-property-seed.ts'],
		// Long, because no test should fail on a busy machine.
		testTimeout: 180_000,
		maxWorkers,
		hookTimeout: 180_000,
		reporters: ['default', './tests/support/report-skipped.ts'],
		tags: [
			{
				name: 'thorough',
				description:
					'Left out of `npm test` and the gate: details of what another test covers, and tests that take long.',
			},
		],
		projects: [
			{
				extends: true,
				test: {
					name: 'unit',
					include: ['src/**/*.test.ts', 'widget/**/*.test.ts'],
					exclude: ['src/**/*.db.test.ts', 'src/lib/server/core/db/embedded/**'],
					isolate: false,
				},
			},
			{
				extends: true,
				test: { name: 'architecture', include: ['tests/*.test.ts'] },
			},
			{
				extends: true,
				test: {
					name: 'database',
					include: [
						'src/**/*.db.test.ts',
						'tests/api/**/*.test.ts',
						'tests/realtime/**/*.test.ts',
						'scripts/seed/**/*.test.ts',
						'tests/docs/**/*.test.ts',
					],
					// Each file has its own App and database. The files of a worker share loaded modules.
					isolate: false,
					...database,
				},
			},
			{
				extends: true,
				test: {
					name: 'process',
					include: [
						'src/lib/server/core/db/embedded/**/*.test.ts',
						'tests/faults/**/*.test.ts',
						'scripts/*.test.ts',
						'scripts/bench/**/*.test.ts',
					],
					...process,
				},
			},
			{
				extends: true,
				test: {
					name: 'browser',
					include: ['tests/e2e/**/*.test.ts'],
					...browser,
				},
			},
			{
				extends: true,
				test: {
					name: 'hostile',
					include: ['tests/hostile/**/*.test.ts'],
					...browser,
				},
			},
			{
				extends: true,
				// Requires Debian's WordPress: `npm run test:wordpress`.
				test: { name: 'wordpress', include: ['tests/wordpress/*.test.ts'], ...browser },
			},
			{
				extends: true,
				// Installs n8n from the npm registry: `npm run test:n8n`.
				test: {
					name: 'n8n',
					include: ['tests/n8n/*.test.ts'],
					...process,
					globalSetup: [...browser.globalSetup, 'tests/n8n/install.ts'],
				},
			},
		],
	},
});
