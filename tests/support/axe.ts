import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
	id: string;
	impact: string | null;
	help: string;
	nodes: { html: string }[];
}

/** What axe-core holds for serious or critical on the page as it is, in words; empty is what a test wants. */
export async function seriousFaults(page: Page): Promise<string[]> {
	// Evaluated by the test, not by the page: its content security policy has no say in it.
	await page.evaluate(source);
	const violations = await page.evaluate<Violation[]>(
		"axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
	);
	return violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, help, nodes }) =>
			nodes.map(({ html }) => `${id}: ${help} in ${html.slice(0, 200)}`),
		);
}
