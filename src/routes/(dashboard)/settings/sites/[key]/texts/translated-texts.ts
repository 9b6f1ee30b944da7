import type { TextPerLanguage } from '#lib/contract/greeting.ts';
import type { SiteSettings, SiteTranslations } from '#lib/contract/site-settings.ts';
import { omitBlank, type RuleDraft } from './bubble-rules.ts';

/** A text of the site with its translations. */
export interface TranslatedText {
	/** The path of its translations in `SiteUpdate`. */
	path: string;
	label: string;
	/** The site's own text. */
	original: string;
	maxLength: number;
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

export const toTranslationDrafts = (stored: SiteTranslations): TranslationDrafts => ({
	header_text: stored.header_text ?? {},
	launcher_text: stored.launcher_text ?? {},
	greeting: stored.greeting ?? {},
	ai_disclosure: stored.ai_disclosure ?? {},
	consent: stored.consent ?? {},
	fallback_reply: stored.fallback_reply ?? {},
});

/** Returns the translations to store, without blank texts. */
export const toTranslations = (drafts: TranslationDrafts): SiteTranslations =>
	Object.fromEntries(
		FIELDS.map(([name]) => [name, omitBlank(drafts[name])] as const).filter(
			([, texts]) => Object.keys(texts).length > 0,
		),
	);

interface FormValues {
	greeting: string;
	greetings: { key: string; text: string; translations: TextPerLanguage }[];
	rules: RuleDraft[];
	ai_disclosure: string;
	fallback_reply: string;
	translations: TranslationDrafts;
}

/** Lists the site's texts that can be translated. */
export function listTexts(
	{ look, consent }: SiteSettings,
	formValues: FormValues,
): TranslatedText[] {
	const original: Record<Name, string> = {
		header_text: look.header_text,
		launcher_text: look.launcher.text ?? '',
		greeting: formValues.greetings.length > 0 ? '' : formValues.greeting,
		ai_disclosure: formValues.ai_disclosure,
		consent: consent?.text ?? '',
		fallback_reply: formValues.fallback_reply,
	};
	const siteTexts = FIELDS.map(([name, label, maxLength]) => ({
		path: `translations.${name}`,
		label,
		original: original[name],
		maxLength,
		translations: formValues.translations[name],
	}));
	const variants = formValues.greetings.map((variant, index) => ({
		path: `greetings.${index}.translations`,
		label: `Greeting ${variant.key.toUpperCase()}`,
		original: variant.text,
		maxLength: 2000,
		translations: variant.translations,
	}));
	const rules = formValues.rules.map((rule, index) => ({
		path: `greeting_bubble.rules.${index}.translations`,
		label: `Greeting on ${rule.pages}`,
		original: rule.text,
		maxLength: 1000,
		translations: rule.translations,
	}));
	return [...siteTexts, ...variants, ...rules].filter(({ original: text }) => text.trim() !== '');
}
