import type { TextPerLanguage } from '#lib/contract/greeting.ts';
import type { SiteSettings, SiteTranslations } from '#lib/contract/site-settings.ts';
import { filled, type RuleDraft } from './bubble-rules.ts';

/** A text of the site and its translations, to edit. */
export interface TranslatedText {
	/** Of its translations in the update. */
	path: string;
	label: string;
	/** The site's own text. */
	own: string;
	max: number;
	translations: TextPerLanguage;
}

const FIELDS = [
	['header_text', 'Header text', 120],
	['launcher_text', 'Launcher text', 40],
	['greeting', 'Greeting', 1000],
	['ai_disclosure', 'AI disclosure', 300],
	['consent', 'Consent', 2000],
	['fallback_reply', 'Fallback reply', 1000],
] as const;
type Name = (typeof FIELDS)[number][0];
export type TranslationDrafts = Record<Name, TextPerLanguage>;

export const draftsOf = (stored: SiteTranslations): TranslationDrafts => ({
	header_text: stored.header_text ?? {},
	launcher_text: stored.launcher_text ?? {},
	greeting: stored.greeting ?? {},
	ai_disclosure: stored.ai_disclosure ?? {},
	consent: stored.consent ?? {},
	fallback_reply: stored.fallback_reply ?? {},
});

/** Returns the translations to store, without blank texts. */
export const translationsOf = (drafts: TranslationDrafts): SiteTranslations =>
	Object.fromEntries(
		FIELDS.map(([name]) => [name, filled(drafts[name])] as const).filter(
			([, texts]) => Object.keys(texts).length > 0,
		),
	);

interface Typed {
	greeting: string;
	greetings: { key: string; text: string; translations: TextPerLanguage }[];
	rules: RuleDraft[];
	ai_disclosure: string;
	fallback_reply: string;
	translations: TranslationDrafts;
}

/** Returns what can be translated: every text that the site has. */
export function listTexts({ look, consent }: SiteSettings, typed: Typed): TranslatedText[] {
	const own: Record<Name, string> = {
		header_text: look.header_text,
		launcher_text: look.launcher.text ?? '',
		greeting: typed.greetings.length > 0 ? '' : typed.greeting,
		ai_disclosure: typed.ai_disclosure,
		consent: consent?.text ?? '',
		fallback_reply: typed.fallback_reply,
	};
	const shared = FIELDS.map(([name, label, max]) => ({
		path: `translations.${name}`,
		label,
		own: own[name],
		max,
		translations: typed.translations[name],
	}));
	const variants = typed.greetings.map((variant, at) => ({
		path: `greetings.${at}.translations`,
		label: `Greeting ${variant.key.toUpperCase()}`,
		own: variant.text,
		max: 2000,
		translations: variant.translations,
	}));
	const rules = typed.rules.map((rule, at) => ({
		path: `greeting_bubble.rules.${at}.translations`,
		label: `Greeting on ${rule.pages}`,
		own: rule.text,
		max: 1000,
		translations: rule.translations,
	}));
	return [...shared, ...variants, ...rules].filter(({ own: text }) => text.trim() !== '');
}
