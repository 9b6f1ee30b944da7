import type { WidgetLanguage } from '#lib/contract/frame.ts';
import type { Look } from '../launcher.ts';

interface LauncherTexts {
	close: string;
	unread: string;
}

/** Texts next to the launcher, in the frame's languages (src/lib/server/embed/texts). */
const TEXTS: Record<WidgetLanguage, LauncherTexts> = {
	en: { close: 'Close', unread: 'unread' },
	es: { close: 'Cerrar', unread: 'sin leer' },
	fr: { close: 'Fermer', unread: 'non lus' },
	de: { close: 'Schließen', unread: 'ungelesen' },
	pt: { close: 'Fechar', unread: 'não lidas' },
	ar: { close: 'إغلاق', unread: 'غير مقروءة' },
};

/** Returns the texts in the language that the page or site sets, or else in the visitor's. */
export function launcherTexts(
	look: Partial<Look> | undefined,
	own: readonly string[] = navigator.languages ?? [],
): LauncherTexts {
	const languages = [look?.language ?? '', ...own].map(
		(tag) => tag.toLowerCase().split(/[-_.@]/)[0] ?? '',
	);
	return TEXTS[languages.find(isKnown) ?? 'en'];
}

const isKnown = (language: string): language is WidgetLanguage => Object.hasOwn(TEXTS, language);
