const BROWSERS: [RegExp, string][] = [
	[/Edg\w*\//, 'Edge'],
	[/OPR\//, 'Opera'],
	[/Firefox\/|FxiOS\//, 'Firefox'],
	[/Chrome\/|CriOS\//, 'Chrome'],
	[/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
	[/iPhone|iPad/, 'iOS'],
	[/Android/, 'Android'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'macOS'],
	[/CrOS/, 'ChromeOS'],
	[/Linux/, 'Linux'],
];

const nameIn = (list: [RegExp, string][], text: string) =>
	list.find(([pattern]) => pattern.test(text))?.[1];

/** A browser in words, from how it names itself: "Firefox on Windows". */
export function browserName(userAgent: string | null): string {
	const browser = nameIn(BROWSERS, userAgent ?? '');
	const system = nameIn(SYSTEMS, userAgent ?? '');
	if (!browser) return system ? `A browser on ${system}` : 'An unknown browser';
	return system ? `${browser} on ${system}` : browser;
}
