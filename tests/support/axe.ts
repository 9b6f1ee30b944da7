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

/**
 * What axe-core holds for serious or critical on the page as it is, and a page of the dashboard that can be scrolled out of
 * its frame, in words; empty is what a test wants.
 */
export async function seriousFaults(page: Page): Promise<string[]> {
	// Evaluated by the test, not by the page: its content security policy has no say in it.
	await page.evaluate(source);
	const violations = await page.evaluate<Violation[]>(
		"axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
	);
	const faults = violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, help, nodes }) =>
			nodes.map(({ html }) => `${id}: ${help} in ${html.slice(0, 200)}`),
		);
	return [...faults, ...(await overflow(page))];
}

/** The parts of the dashboard scroll, each by itself; the document never does. */
async function overflow(page: Page): Promise<string[]> {
	const [wide = 0, tall = 0] = await page.evaluate<number[]>(
		`(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
			document.querySelector('#main') ? [scrollWidth - clientWidth, scrollHeight - clientHeight] : [])(document.documentElement)`,
	);
	return wide > 0 || tall > 0
		? [`the document is ${wide} px wider and ${tall} px taller than the window`]
		: [];
}
