import { describe, expect, it } from 'vitest';
import { createContentSecurityPolicy } from './get-widget-frame.ts';
import { escapeHtml, fillTemplate, toScriptJson } from './html.ts';
import { chooseLanguage } from '../sites/index.ts';
import { TEXTS } from './texts/index.ts';
import { encode } from './widget-files.ts';

describe('the language of the widget', () => {
	it.each([
		[{ page: 'fr', site: 'de', browser: 'es' } as const, 'fr'],
		[{ page: 'xx', site: 'de', browser: 'es' } as const, 'de'],
		[{ page: null, site: 'auto', browser: 'nl, pt-BR;q=0.9, en;q=0.8' } as const, 'pt'],
		[{ page: null, site: 'auto', browser: 'en;q=0.5, ar-EG' } as const, 'ar'],
		[{ page: null, site: 'auto', browser: 'fr;q=0, nl' } as const, 'en'],
		[{ page: 'constructor', site: 'auto', browser: '*' } as const, 'en'],
		[{ page: null, site: 'auto', browser: null } as const, 'en'],
	])('for %j is %s', (preferences, language) => {
		expect(chooseLanguage(preferences)).toBe(language);
	});

	it('has every text in every language, with the same placeholders', () => {
		const placeholders = (text: string) => text.match(/\{\w+\}/g) ?? [];
		for (const texts of Object.values(TEXTS)) {
			for (const [name, text] of Object.entries<string>({ ...texts })) {
				expect(text.trim()).not.toBe('');
				const english = Object.entries<string>({ ...TEXTS.en }).find(
					([other]) => other === name,
				)?.[1];
				expect(placeholders(text)).toEqual(placeholders(english ?? ''));
			}
		}
	});
});

describe("the frame's page", () => {
	const policy = (allowed_origins: string[]) =>
		createContentSecurityPolicy({ nonce: 'n', publicUrl: 'https://chat.example', allowed_origins });

	it('can be embedded by any page when the site allows all origins', () => {
		expect(policy([])).not.toContain('frame-ancestors');
	});

	it('can be embedded only by the allowed origins, and ignores those that would break the header', () => {
		const header = policy([
			'https://a.example',
			'http://b.example:8080',
			"'none'; script-src *",
			'x\r\ny',
		]);
		expect(header).toMatch(
			/; frame-ancestors 'self' https:\/\/a\.example http:\/\/b\.example:8080$/,
		);
	});

	it('connects only to its own server', () => {
		expect(policy([])).toContain("connect-src 'self' wss://chat.example;");
	});

	it("escapes the site's texts", () => {
		expect(escapeHtml(`<b a="x" b='y'>&`)).toBe('&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;');
		expect(toScriptJson({ a: '</script><!--' })).toBe('{"a":"\\u003c/script>\\u003c!--"}');
	});

	it('replaces every name once, doesn’t expand inserted values, and throws for a missing one', () => {
		expect(fillTemplate('<i>%one% 100%</i>', { one: '%two% $& %one%' })).toBe(
			'<i>%two% $& %one% 100%</i>',
		);
		expect(() => fillTemplate('%three%', {})).toThrow('three');
	});
});

it.each([
	['gzip, deflate, br, zstd', 'br'],
	['gzip', 'gzip'],
	['BR', 'br'],
	['gzip;q=1.0, br;q=0', 'gzip'],
	['br;q=0.0, *;q=0', undefined],
	['br;q=0.1', 'br'],
	['identity', undefined],
	[null, undefined],
])('encodes for Accept-Encoding: %s as %s', async (accepted, encoding) => {
	const { headers } = await encode('text', accepted, 1);
	expect(headers['Content-Encoding']).toBe(encoding);
});
