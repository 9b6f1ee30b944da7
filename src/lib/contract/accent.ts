const SHARES = [0.2126, 0.7152, 0.0722];
const DARK = '#101114';
const LIGHT = '#ffffff';
const BLACK = '#000000';

const partOf = (colour: string, at: number) => parseInt(colour.slice(at * 2 + 1, at * 2 + 3), 16);

/** WCAG's relative luminance of `#rrggbb`, 0 to 1. */
function luminance(colour: string): number {
	return SHARES.reduce((sum, share, at) => {
		const part = partOf(colour, at) / 255;
		return sum + share * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
	}, 0);
}

/** WCAG's contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
	const both = [luminance(one), luminance(other)];
	return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
}

/** The colour for text on the accent: white or almost black, whichever has more contrast; black where neither reaches 4.5:1. */
export function inkOn(accent: string): string {
	const ink = contrast(accent, LIGHT) >= contrast(accent, DARK) ? LIGHT : DARK;
	return contrast(accent, ink) >= 4.5 ? ink : BLACK;
}

/** The accent as text or a thin line on a background: as near to itself as 5.5:1 permits. */
export function accentTextOn(background: string, accent: string): string {
	const goal = luminance(background) > 0.5 ? 0 : 255;
	const mixed = (share: number) =>
		`#${SHARES.map((_, at) => hex(partOf(accent, at) * (1 - share) + goal * share)).join('')}`;
	let text = accent;
	for (let share = 0; share < 1 && contrast(text, background) < 5.5;) text = mixed((share += 0.05));
	return text;
}

const hex = (value: number) => Math.round(value).toString(16).padStart(2, '0');
