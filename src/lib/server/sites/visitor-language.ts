import { language, type WidgetConfig } from '#lib/contract/site.ts';
import type { WidgetLanguage } from '#lib/contract/frame.ts';

/** Returns the language to write to a visitor in: the site's, else the browser's; English if neither is supported. */
export function visitorLanguage(
	site: WidgetConfig['language'],
	browserTag: string | undefined,
): WidgetLanguage {
	return [site, browserTag ?? ''].map(languageOf).find((known) => known !== undefined) ?? 'en';
}

function languageOf(tag: string): WidgetLanguage | undefined {
	const known = language.safeParse(tag.toLowerCase().split(/[-_]/)[0]).data;
	return known === 'auto' ? undefined : known;
}
