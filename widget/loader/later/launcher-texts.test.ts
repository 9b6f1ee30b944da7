import { expect, it } from 'vitest';
import type { Look } from '../launcher.ts';
import { launcherTexts } from './launcher-texts.ts';

const look = (language?: string): Look => ({
	header_text: 'Chat',
	accent: '#000000',
	accent_ink: '#ffffff',
	position: 'right',
	text: null,
	...(language && { language }),
});

it.each([
	['de', ['en'], 'Schließen'],
	['pt-BR', ['en'], 'Fechar'],
	['auto', ['nl-NL', 'ar-EG', 'en'], 'إغلاق'],
	[undefined, ['es-MX'], 'Cerrar'],
	['constructor', ['nl'], 'Close'],
	['auto', [], 'Close'],
])(
	'the bubble is closed in the language %s, for visitors of %j by "%s"',
	(language, own, close) => {
		expect(launcherTexts(look(language), own).close).toBe(close);
	},
);
