import type { WidgetLanguage, WidgetTexts } from '#lib/contract/frame.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { pt } from './pt.ts';

export const TEXTS: Record<WidgetLanguage, WidgetTexts> = { en, es, fr, de, pt, ar };

const isKnown = (language: string): language is WidgetLanguage => Object.hasOwn(TEXTS, language);

interface LanguagePreferences {
	/** The language that the embedding page sets. */
	page: string | null;
	site: WidgetConfig['language'];
	/** The Accept-Language header. */
	browser: string | null;
}

/** Returns the language of the page, else of the site, else of the visitor's browser; English if none is supported. */
export function chooseLanguage({ page, site, browser }: LanguagePreferences): WidgetLanguage {
	const tags = [page ?? '', site, ...byPreference(browser ?? '')];
	return tags.map((tag) => tag.toLowerCase().split(/[-_.@]/)[0] ?? '').find(isKnown) ?? 'en';
}

function byPreference(header: string): string[] {
	return header
		.split(',')
		.map((part) => {
			const [tag = '', weight] = part.trim().split(/;\s*q=/);
			return { tag, weight: weight === undefined ? 1 : Number(weight) || 0 };
		})
		.filter(({ weight }) => weight > 0)
		.sort((a, b) => b.weight - a.weight)
		.map(({ tag }) => tag);
}
