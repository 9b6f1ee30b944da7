import { describe, expect, it } from 'vitest';
import { PersonalDetails } from './personal-details.ts';

const createAda = () =>
	new PersonalDetails({ name: 'Ada Lovelace', company: 'Analytical Engines', country: 'DE' });

describe('personal details', () => {
	it.each([
		['My mail is ada@lovelace.org.', 'My mail is alex@example.com.'],
		['ada@lovelace.org, or ada.l@work.example', 'alex@example.com, or alex2@example.com'],
		['Call me: 0170 1234567', 'Call me: +1 202 555 0140'],
		['I am Ada Lovelace', 'I am Alex Morgan'],
		["I'm ada, from Analytical Engines", "I'm Alex, from Example Company"],
		['Mrs. LOVELACE speaking', 'Mrs. Morgan speaking'],
		['The roof of Adams', 'The roof of Adams'],
		['What does it cost?', 'What does it cost?'],
	])('in %j are replaced', (text, expected) => {
		expect(createAda().replace(text)).toBe(expected);
	});

	it('are not replaced twice, and always get the same replacement', () => {
		const details = createAda();
		const text =
			'Ada Lovelace, ada@lovelace.org, +49 170 1234567; again ADA@lovelace.org, 0170 1234567';
		const once = details.replace(text);
		expect(once).toBe(
			'Alex Morgan, alex@example.com, +1 202 555 0140; again alex@example.com, +1 202 555 0140',
		);
		expect(createAda().replace(once)).toBe(once);
		expect(details.replacements).toContainEqual({ detail: 'Ada Lovelace', by: 'Alex Morgan' });
		expect(details.replacements).toContainEqual({ detail: '0170 1234567', by: '+1 202 555 0140' });
	});

	it('are replaced in every part of a case, and the query of its page is dropped', async () => {
		expect(
			await createAda().replaceIn({
				title: 'Ada wants a roof',
				lines: ['I am Ada'],
				context: {
					page_url: 'https://example.com/roofs?email=ada@lovelace.org',
					known: { name: 'Ada Lovelace' },
				},
				checks: [
					{ type: 'field_equals', key: 'email', value: 'ada@lovelace.org' },
					{ type: 'answer_contains', line: 1, text: 'Hello Ada' },
					{ type: 'no_fallback' },
				],
				expected: 'Thank you, Ada.',
				expected_line: 1,
			}),
		).toEqual({
			title: 'Alex wants a roof',
			lines: ['I am Alex'],
			context: { page_url: 'https://example.com/roofs', known: { name: 'Alex Morgan' } },
			checks: [
				{ type: 'field_equals', key: 'email', value: 'alex@example.com' },
				{ type: 'answer_contains', line: 1, text: 'Hello Alex' },
				{ type: 'no_fallback' },
			],
			expected: 'Thank you, Alex.',
			expected_line: 1,
		});
	});

	it.each([
		[String.raw`ada@lovelace\.org`, String.raw`alex@example\.com`],
		['ada@lovelace.org', String.raw`alex@example\.com`],
		[String.raw`\bada@lovelace[.]org\b`, String.raw`\balex@example\.com\b`],
		[String.raw`\+49 ?170[ -]?1234567`, String.raw`\+1 202 555 0140`],
		[String.raw`0170\s*1234567$`, String.raw`\+1 202 555 0140$`],
		[String.raw`^(?:dear|hello),? ada\s+lovelace`, '^(?:dear|hello),? Alex Morgan'],
		['(Ada|Grace)', '(Alex|Grace)'],
		['[Aa]da, .* roof', 'Alex, .* roof'],
		// Patterns without personal details keep their spelling.
		[
			String.raw`^Thank you[.!] \d{2,4} m²? \(net\)$`,
			String.raw`^Thank you[.!] \d{2,4} m²? \(net\)$`,
		],
		[String.raw`\p{L}+@[a-z.]+\.com`, String.raw`\p{L}+@[a-z.]+\.com`],
		['Ada.?s?', 'Alex.?s?'],
	])('are replaced in the pattern %j of a check', async (pattern, expected) => {
		const checks = [{ type: 'answer_matches' as const, pattern }];
		const replaced = { checks: [{ type: 'answer_matches', pattern: expected }] };
		expect(await createAda().replaceIn({ checks })).toEqual(replaced);
		expect(await createAda().replaceIn(replaced as { checks: typeof checks })).toEqual(replaced);
	});

	it('can contain pattern characters or be missing', () => {
		expect(new PersonalDetails({ name: '((((' }).replace('a (((( b')).toBe('a Alex b');
		expect(new PersonalDetails({ name: null, company: '' }).replace('Hello')).toBe('Hello');
		expect(new PersonalDetails({ name: 'Zoë 🌍' }).replace('I am Zoë 🌍!')).toBe(
			'I am Alex Morgan!',
		);
	});

	it('are replaced without blocking the event loop', async () => {
		let turns = 0;
		let isDone = false;
		const count = () => {
			turns += 1;
			if (!isDone) setImmediate(count);
		};
		count();
		const lines = Array.from({ length: 50 }, () => 'Ada, ada@lovelace.org');
		const known = Object.fromEntries(lines.map((line, at) => [`key_${at}`, line]));
		const { context } = await createAda().replaceIn({ lines, context: { known } });
		isDone = true;
		expect(context.known?.['key_49']).toBe('Alex, alex@example.com');
		expect(turns).toBeGreaterThanOrEqual(100);
	});
});
