import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import type { ScriptLanguage } from './language.ts';
import { pt } from './pt.ts';

export const LANGUAGES: Record<WidgetLanguage, ScriptLanguage> = { en, de, es, fr, pt, ar };
/** The script recognizes all of these languages in every chat. */
export const allLanguages = Object.values(LANGUAGES);

/** Returns a site's text, translated if it is an unchanged default. */
export const translateDefault = (text: string, { siteDefaults }: ScriptLanguage) =>
	Object.hasOwn(siteDefaults, text) ? (siteDefaults[text] ?? text) : text;

/** Returns the texts, translated if all of them are unchanged defaults. */
export const translateDefaults = (texts: string[], language: ScriptLanguage) =>
	texts.every((text) => Object.hasOwn(language.siteDefaults, text))
		? texts.map((text) => translateDefault(text, language))
		: texts;
