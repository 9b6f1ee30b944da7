import fc from 'fast-check';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createSearchQuery } from './search.ts';

const t = useTestApp();
const matched = z.tuple([z.object({ matches: z.boolean().nullable() })]);

async function isFound(text: string, words: string): Promise<boolean> {
	const { rows } = await t.app.db.execute(
		sql`select search_document(${text}) @@ ${createSearchQuery(words)} as matches`,
	);
	return matched.parse(rows)[0].matches ?? false;
}

// Composition and accents: https://github.com/pelias/pelias/issues/600; scripts without spaces:
// https://github.com/mattermost/mattermost/issues/21590
it.each([
	['Mein Name ist Mu\u0308ller-Dachbau', 'Müller-Dachbau'],
	['Jürgen Großmann', 'Ju\u0308rgen'],
	['Jürgen Großmann', 'jurgen grossmann'],
	['Cafe\u0301 Zürich', 'café'],
	['\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc', '홍길동'],
	['홍길동입니다', '길동'],
	['Nguye\u0302\u0303n Văn An', 'Nguyễn van'],
	['I am Sean O’Brien', "O'Brien"],
	["I am Sean O'Brien", 'O’Brien'],
	['I am Sean O’Brien', 'obrien'],
	['I am Sean OBrien', "O'Brien"],
	['I don’t know', 'dont know'],
	['I dont know', "don't"],
	["we'll come", 'well'],
	["l'hôtel est ouvert", 'lhotel'],
	['Müller Dachbau', 'mueller'],
	['Mueller Dachbau', 'Müller'],
	['Søren from Århus', 'soeren aarhus'],
	['Soeren from Aarhus', 'Søren Århus'],
	['thank you 👍🏽', '👍'],
	['I ❤️ slate', '❤'],
	['roof 🏠🔧 please', 'roof 🔧'],
	['My name is Hartmann-Meier', 'Meier'],
	['write to maya@roofs-and-more.example', 'roofs-and-more'],
	['write to maya@roofs-and-more.example', 'maya@roofs-and-more.example'],
	['write to maya@roofs-and-more.example', 'maya@roo'],
	['write to 12345678-9abc@example.com', '12345678-9abc@example.com'],
	['write to 12345678-9012-4abc@example.com', '12345678-9012-4abc@example.com'],
	['due on 2026-11-29T10:00', '2026-11-29T10:00'],
	['I sent plan-2026.pdf', 'plan'],
	['look at https://example.com/slate-roofs', 'slate'],
	['我想修屋顶', '屋顶'],
	['屋根の修理をお願いします', '修理'],
	['อยากซ่อมหลังคา', 'หลังคา'],
	['Schillerstraße 5', 'Schillerstrasse'],
	['Smørrebrød in Łódź', 'smorrebrod lodz'],
	['МОСКВА', 'москва'],
	['ΟΔΟΣ', 'οδος'],
	['أحمد', 'احمد'],
	['ﬁnd Ｆｕｌｌ', 'find full'],
	['كتاب جديد', 'کتاب'],
	['کتاب نیا', 'كتاب'],
	['فاطمة علي', 'فاطمه'],
	['فاطمه', 'فاطمة'],
	['مصطفى', 'مصطفی'],
	['ガラスの屋根', 'がらす'],
	['やねのしゅうり', 'ヤネ'],
	['मुझे ज़रूरत है', 'जरूरत'],
	['मुझे जरूरत है', 'ज़रूरत'],
	['मुझे \u095bरूरत है', 'जरूरत'],
	['Budget: $1,500.00', '1500'],
	['about 1,500 tiles', '1500'],
	['1500 tiles', '1,500'],
	['1500 tiles', '$1,500'],
	['Budget 1.500 €', '1500'],
	['Budget 1.500 €', '1,500'],
	['Budget 12,500 USD', '12500'],
	['Budget 12500 USD', '12.500'],
	['Budget 2,500,000', '2500000'],
	['zero\u200bwidth', 'zerowidth'],
	['room 101', '101'],
	['call +49 170 1234567', '0170 1234567'],
	['call +49 170 1234567', '01701234567'],
	['call 0170/1234567', '+49 170 1234567'],
	['call 0170/1234567', '0049 170 1234567'],
	['+491701234567;ext=12', '+49 (0)170 123-4567'],
	['+491701234567;ext=12', '+49 170 1234567 x12'],
	['+491701234567;ext=12', '+491701234567;ext=12'],
	['+491701234567', '1234567'],
	['+491701234567', '34567'],
	['+491701234567', '٠١٧٠١٢٣٤٥٦٧'],
	['info@xn--at-3ia21a.example', 'info@çatı.example'],
	['info@çatı.example', 'çatı.example'],
	['+491701234567', '0170 123'],
	['٠١٧٠ ١٢٣٤٥٦٧', '01701234567'],
	['a red roof', '"red roof"'],
	['a red roof', 'roof red'],
	['a red roof', 'slate or roof'],
	['a red roof', 'roof -slate'],
])('%j is found by %j', async (text, words) => {
	expect(await isFound(text, words)).toBe(true);
});

it.each([
	['a red roof', '"roof red"'],
	['a red roof', 'roof -red'],
	['a red roof', 'roof slate'],
	['a red roof', '-"red roof"'],
	['屋顶', '顶屋'],
	['thank you 👍', '👎'],
	['thank you 👍', 'slate 👍'],
	['a blue roof', 'bleu'],
	['a lof tomorrow', 'loft'],
	['+491701234567', '0170 7654321'],
	['1 roof, 500 tiles', '1600'],
	['1.50 each', '1,500'],
	['a red roof', '!!!'],
	['a red roof', '-'.repeat(200)],
])('%j is not found by %j', async (text, words) => {
	expect(await isFound(text, words)).toBe(false);
});

it('no search text causes an error', async () => {
	const token = fc.constantFrom(
		'-',
		'"',
		"'",
		':',
		'*',
		'&',
		'|',
		'!',
		'(',
		')',
		'<->',
		'\\',
		' or ',
		'+',
		'0',
		'ß',
		'屋',
		'\u200b',
		'\u0301',
	);
	const words = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 60 }),
		fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join('')),
	);
	await fc.assert(
		fc.asyncProperty(words, words, async (text, query) => {
			const stored = text.toWellFormed().replaceAll('\0', '');
			const found = await isFound(stored, query.toWellFormed().replaceAll('\0', ''));
			expect(found).toBeTypeOf('boolean');
		}),
		{ numRuns: 200 },
	);
});

it.each(['-', '"', '- ', "'", '屋', '-"', '1 ', '(', 'or '])(
	'200 characters of %j cause no error',
	async (text) => {
		await expect(isFound('a red roof', text.repeat(200 / text.length))).resolves.toBeTypeOf(
			'boolean',
		);
	},
);
