const CHANNEL_WEIGHTS = [0.2126, 0.7152, 0.0722];
const DARK = '#101114';
const LIGHT = '#ffffff';
const BLACK = '#000000';

const getChannel = (color: string, index: number) =>
	parseInt(color.slice(index * 2 + 1, index * 2 + 3), 16);

/** Returns the WCAG relative luminance of `#rrggbb`, 0 to 1. */
function calculateLuminance(color: string): number {
	return CHANNEL_WEIGHTS.reduce((sum, weight, index) => {
		const channel = getChannel(color, index) / 255;
		return (
			sum + weight * (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
		);
	}, 0);
}

/** Returns the WCAG contrast ratio of two colors, 1 to 21. */
export function calculateContrast(colorA: string, colorB: string): number {
	const luminances = [calculateLuminance(colorA), calculateLuminance(colorB)];
	return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05);
}

/** Returns the text color on the accent: white or near-black, whichever has more contrast; black if neither reaches 4.5:1. */
export function getTextColorOn(accent: string): string {
	const ink = calculateContrast(accent, LIGHT) >= calculateContrast(accent, DARK) ? LIGHT : DARK;
	return calculateContrast(accent, ink) >= 4.5 ? ink : BLACK;
}

/** Returns the shade closest to the accent that has a contrast of at least 5.5:1 on the background, for text and thin lines. */
export function getAccentTextColor(background: string, accent: string): string {
	const target = calculateLuminance(background) > 0.5 ? 0 : 255;
	const mix = (share: number) =>
		`#${CHANNEL_WEIGHTS.map((_, index) => toHex(getChannel(accent, index) * (1 - share) + target * share)).join('')}`;
	let text = accent;
	for (let share = 0; share < 1 && calculateContrast(text, background) < 5.5;)
		text = mix((share += 0.05));
	return text;
}

const toHex = (value: number) => Math.round(value).toString(16).padStart(2, '0');
