import type { WidgetLanguage } from '#lib/contract/frame.ts';
import type { Look } from '../launcher.ts';

interface Words {
	close: string;
	unread: string;
}

/** What is said beside the launcher, in the languages of the frame (src/lib/server/embed/texts). */
const WORDS: Record<WidgetLanguage, Words> = {
	en: { close: 'Close', unread: 'unread' },
	es: { close: 'Cerrar', unread: 'sin leer' },
	fr: { close: 'Fermer', unread: 'non lus' },
	de: { close: 'Schließen', unread: 'ungelesen' },
	pt: { close: 'Fechar', unread: 'não lidas' },
	ar: { close: 'إغلاق', unread: 'غير مقروءة' },
};

/** In the language that the page or the site asks for, else in the visitor's own. */
export function wordsFor(
	look: Partial<Look> | undefined,
	own: readonly string[] = navigator.languages ?? [],
): Words {
	const languages = [look?.language ?? '', ...own].map(
		(tag) => tag.toLowerCase().split(/[-_.@]/)[0] ?? '',
	);
	return WORDS[languages.find(isKnown) ?? 'en'];
}

const isKnown = (language: string): language is WidgetLanguage => Object.hasOwn(WORDS, language);
