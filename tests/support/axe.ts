import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { SCREENSHOTS } from './screenshots.ts';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NARROW = { width: 360, height: 740 };

const FINISH_ANIMATIONS = `document.getAnimations().forEach((animation) => {
	if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
})`;

const NEXT_FRAMES = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))`;

interface Violation {
	id: string;
	impact: string | null;
	help: string;
	nodes: { html: string }[];
}

/**
 * Fails if axe-core reports a serious or critical violation, or the page is wider than the window. Retries, because axe-core
 * mixes the colors of both themes if the theme changes during a run.
 */
export async function expectAccessible(page: Page): Promise<void> {
	await expect
		.poll(async () => [...(await findViolations(page)), ...(await findOverflow(page))], {
			message: page.url(),
		})
		.toEqual([]);
}

/** Checks a page in light mode on a desktop, then in dark mode on a 360 px phone. Takes a screenshot of each. */
export async function expectAccessibleInEveryTheme(page: Page, screenshot?: string): Promise<void> {
	const takeScreenshot = async (variant: string) => {
		if (screenshot) await page.screenshot({ path: `${SCREENSHOTS}/${screenshot}-${variant}.png` });
	};
	const size = page.viewportSize();
	// Reduced motion skips transitions between color schemes.
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
	await page.evaluate(NEXT_FRAMES);
	await expectAccessible(page);
	await takeScreenshot('light');
	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
	await page.setViewportSize(NARROW);
	await page.evaluate(NEXT_FRAMES);
	await expectAccessible(page);
	await takeScreenshot('dark-narrow');
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
	if (size) await page.setViewportSize(size);
}

async function findViolations(page: Page): Promise<string[]> {
	// Colors during a transition may have too little contrast.
	await page.evaluate(FINISH_ANIMATIONS);
	// Runs from the test's own context, which the page's content security policy doesn't restrict.
	if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(source);
	const violations = await page.evaluate<Violation[]>(
		"axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
	);
	return violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, help, nodes }) =>
			nodes.map(({ html }) => `${id}: ${help} in ${html.slice(0, 200)}`),
		);
}

/** Returns a message if the document overflows the window. Only panes scroll in the dashboard; other pages may scroll vertically. */
async function findOverflow(page: Page): Promise<string[]> {
	const [wide = 0, tall = 0] = await page.evaluate<number[]>(
		`(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
			[scrollWidth - clientWidth, document.querySelector('#main') ? scrollHeight - clientHeight : 0])(document.documentElement)`,
	);
	return wide > 0 || tall > 0
		? [`the document is ${wide} px wider and ${tall} px taller than the window`]
		: [];
}
