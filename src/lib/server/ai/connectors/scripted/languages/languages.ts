import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import type { ScriptLanguage } from './language.ts';
import { pt } from './pt.ts';

export const LANGUAGES: Record<WidgetLanguage, ScriptLanguage> = { en, de, es, fr, pt, ar };
/** All of them: the script understands each in every chat. */
export const languages = Object.values(LANGUAGES);

/** Returns a text of the site in a language: a translation if it is a default that the site never changed. */
export const translateDefault = (text: string, { siteDefaults }: ScriptLanguage) =>
	Object.hasOwn(siteDefaults, text) ? (siteDefaults[text] ?? text) : text;

/** Returns the texts in a language if all of them are unchanged defaults, and as they are otherwise. */
export const translateDefaults = (texts: string[], language: ScriptLanguage) =>
	texts.every((text) => Object.hasOwn(language.siteDefaults, text))
		? texts.map((text) => translateDefault(text, language))
		: texts;
