import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { escapeHtml, fill, jsonForHtml } from './html.ts';
import { chooseLanguage, TEXTS } from './texts/index.ts';

describe('the language of the widget', () => {
	it.each([
		[{ page: 'fr', site: 'de', browser: 'es' } as const, 'fr'],
		[{ page: 'xx', site: 'de', browser: 'es' } as const, 'de'],
		[{ page: null, site: 'auto', browser: 'nl, pt-BR;q=0.9, en;q=0.8' } as const, 'pt'],
		[{ page: null, site: 'auto', browser: 'en;q=0.5, ar-EG' } as const, 'ar'],
		[{ page: null, site: 'auto', browser: 'fr;q=0, nl' } as const, 'en'],
		[{ page: 'constructor', site: 'auto', browser: '*' } as const, 'en'],
		[{ page: null, site: 'auto', browser: null } as const, 'en'],
	])('of %j is %s', (wishes, language) => {
		expect(chooseLanguage(wishes)).toBe(language);
	});

	it('says everything in every language, with the same blanks', () => {
		const blanks = (text: string) => text.match(/\{\w+\}/g) ?? [];
		for (const texts of Object.values(TEXTS)) {
			for (const [name, text] of Object.entries<string>({ ...texts })) {
				expect(text.trim()).not.toBe('');
				const english = Object.entries<string>({ ...TEXTS.en }).find(
					([other]) => other === name,
				)?.[1];
				expect(blanks(text)).toEqual(blanks(english ?? ''));
			}
		}
	});
});

describe('the page of the frame', () => {
	const policy = (allowed_origins: string[]) =>
		contentSecurityPolicy({ nonce: 'n', publicUrl: 'https://chat.example', allowed_origins });

	it('may be embedded by anybody while the site names nobody', () => {
		expect(policy([])).not.toContain('frame-ancestors');
	});

	it("may be embedded by the site's pages alone, and by none that would break the header", () => {
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

	it('speaks to its own server alone', () => {
		expect(policy([])).toContain("connect-src 'self' wss://chat.example;");
	});

	it('shows the texts of a site as text', () => {
		expect(escapeHtml(`<b a="x" b='y'>&`)).toBe('&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;');
		expect(jsonForHtml({ a: '</script><!--' })).toBe('{"a":"\\u003c/script>\\u003c!--"}');
	});

	it('fills in every name once, never what was filled in, and knows a missing one', () => {
		expect(fill('<i>%one% 100%</i>', { one: '%two% $& %one%' })).toBe('<i>%two% $& %one% 100%</i>');
		expect(() => fill('%three%', {})).toThrow('three');
	});
});
