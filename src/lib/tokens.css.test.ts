import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const light = readTokens(':root');
const themes = { light, dark: { ...light, ...readTokens("[data-theme='dark']") } };

/** Text colors and the surfaces they appear on; add the pair when a component introduces one. */
const TEXT_ON: Record<string, string[]> = {
	text: ['bg', 'surface', 'surface-2', 'accent-soft', 'info-soft', 'warn-soft', 'note'],
	'text-2': ['bg', 'surface', 'surface-2', 'accent-soft'],
	'text-3': ['bg', 'surface', 'surface-2', 'accent-soft'],
	bg: ['text', 'bad'],
	'accent-ink': ['accent'],
	accent: ['bg', 'surface', 'surface-2', 'accent-soft'],
	ok: ['ok-soft', 'surface'],
	warn: ['warn-soft'],
	bad: ['bad-soft', 'bg', 'surface'],
	info: ['info-soft'],
};
/** Colors of other elements that must be visible: borders of inputs, the focus ring, dots. */
const SHAPE_ON: Record<string, string[]> = {
	'line-strong': ['bg', 'surface'],
	accent: ['bg', 'surface', 'surface-2', 'accent-soft'],
	ok: ['bg', 'surface-2', 'accent-soft'],
	warn: ['bg', 'warn-soft'],
};

const pairs = (of: Record<string, string[]>) =>
	Object.entries(of).flatMap(([front, backs]) => backs.map((back) => [front, back] as const));

for (const [theme, tokens] of Object.entries(themes)) {
	it.each(pairs(TEXT_ON))(`${theme}: %s reaches AA as text on %s`, (front, back) => {
		expect(contrast(color(tokens, front), color(tokens, back))).toBeGreaterThanOrEqual(4.5);
	});
	it.each(pairs(SHAPE_ON))(`${theme}: %s is visible on %s`, (front, back) => {
		expect(contrast(color(tokens, front), color(tokens, back))).toBeGreaterThanOrEqual(3);
	});
}

function readTokens(selector: string): Record<string, string> {
	const start = css.indexOf(`\n${selector} {`);
	const block = css.slice(start, css.indexOf('\n}', start));
	return Object.fromEntries(
		[...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [
			name,
			hex,
		]),
	);
}

function color(tokens: Record<string, string>, name: string): string {
	const hex = tokens[name];
	if (!hex) throw new Error(`tokens.css has no color --${name}`);
	return hex;
}

function contrast(a: string, b: string): number {
	const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
		const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
		return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
