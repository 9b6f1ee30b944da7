import { expect, it } from 'vitest';
import { readLinkAt } from './link.ts';

/** The links of a text as they would be shown. */
function findLinks(text: string): string[] {
	const links = [];
	for (let at = 0; at < text.length;) {
		const link = readLinkAt(text, at);
		if (link) links.push(link.label);
		at = link?.end ?? at + 1;
	}
	return links;
}

const PRICES = 'https://example.com/prices';

it.each([
	// https://github.com/nfrasser/linkifyjs/issues/82, https://github.com/markdown-it/linkify-it/issues/15
	[`See ${PRICES}.`, PRICES],
	[`(${PRICES})`, PRICES],
	[`الأسعار هنا ${PRICES}، شكرا لك`, PRICES],
	[`هل رأيت ${PRICES}؟`, PRICES],
	[`انظر ${PRICES}؛ ثم اتصل`, PRICES],
	[`यहाँ देखें ${PRICES}। धन्यवाद`, PRICES],
	[`Voyez «${PRICES}» pour`, PRICES],
	[`Sehen Sie „${PRICES}“ an`, PRICES],
	[`See “${PRICES}” for`, PRICES],
	[`It is at ${PRICES}… Go on?`, PRICES],
	[`Prices: ${PRICES}—they hold`, PRICES],
	// https://github.com/markdown-it/linkify-it/issues/116
	[`请看 ${PRICES}。谢谢`, PRICES],
	[`（${PRICES}）`, PRICES],
	[`请看${PRICES}，然后`, PRICES],
	// https://github.com/nfrasser/linkifyjs/issues/408
	// https://github.com/ubugeeei-prod/ox-content/issues/1138
	[`読点: ${PRICES}、続き。`, PRICES],
	[`括弧内（${PRICES}）です。`, PRICES],
	// https://github.com/lycheeverse/lychee/pull/2205
	[`${PRICES}，next`, PRICES],
	// https://github.com/mastodon/mastodon/issues/6031
	[`${PRICES}。`, PRICES],
	// https://github.com/s9e/TextFormatter/issues/42
	[`车库源码（${PRICES}）与您共同进步！`, PRICES],
	// https://github.com/nfrasser/linkifyjs/issues/460
	[`（${PRICES}_(new)_(again)）`, `${PRICES}_(new)_(again)`],
	[`このリンク「${PRICES}」を参照`, PRICES],
	[`料金は${PRICES}です`, PRICES],
	[`가격은 ${PRICES}에서 보세요`, PRICES],
	[`ดูที่${PRICES}ครับ`, PRICES],
	[`[${PRICES}]`, PRICES],
	[`"${PRICES}"`, PRICES],
	['https://de.wikipedia.org/wiki/Dach_(Bau), ja', 'https://de.wikipedia.org/wiki/Dach_(Bau)'],
	['https://ja.wikipedia.org/wiki/日本', 'https://ja.wikipedia.org/wiki/日本'],
	['https://例え.jp/価格', 'https://例え.jp/価格'],
	['https://münchen.example/straße?x=1&y=2#z', 'https://münchen.example/straße?x=1&y=2#z'],
	['http://localhost:5173/x', 'http://localhost:5173/x'],
	[`${PRICES}посмотрите`, PRICES],
	[`${PRICES}και`, PRICES],
	[`${PRICES}ー安い`, PRICES],
	['https://ru.wikipedia.org/wiki/1С', 'https://ru.wikipedia.org/wiki/1С'],
	['https://ru.wikipedia.org/wiki/Крыша', 'https://ru.wikipedia.org/wiki/Крыша'],
	['https://example.com/a,b;c', 'https://example.com/a,b;c'],
	['See www.example.com.', 'www.example.com'],
	['See https://example.com/a\\_b\\_c.', 'https://example.com/a_b_c'],
	[`-${PRICES}`, PRICES],
	['(www.example.com/prices)', 'www.example.com/prices'],
	['Mail info@example.com.', 'info@example.com'],
	['邮箱info@example.com。谢谢', 'info@example.com'],
	['info@example.comです', 'info@example.com'],
	['info@münchen.de!', 'info@münchen.de'],
	['müller@example.de', 'müller@example.de'],
	["Mail o'brien@example.com", "o'brien@example.com"],
	["Écrivez à l'info@exemple.fr", 'info@exemple.fr'],
	["Scriva all'info@azienda.it", 'info@azienda.it'],
	["dall'o'brien@example.com", "o'brien@example.com"],
	['Écrivez à l’accueil@exemple.fr', 'accueil@exemple.fr'],
	["l'adresse d'info@exemple.fr", 'info@exemple.fr'],
	["I am d'angelo@example.com", "d'angelo@example.com"],
	["D'Souza@Example.com", "D'Souza@Example.com"],
	['write to d’arcy@example.com', 'd’arcy@example.com'],

	['r&d@example.com', 'r&d@example.com'],
	["'info@example.com'", 'info@example.com'],
	['用户@例子.公司', '用户@例子.公司'],
])('ends a link where the sentence continues: %s', (text, link) => {
	expect(findLinks(text)).toEqual([link]);
});

it('links an address with a typographic apostrophe to the plain one', () => {
	expect(readLinkAt('d’arcy@example.com', 0)?.href).toBe("mailto:d'arcy@example.com");
});

it('splits two URLs joined by a comma into two links', () => {
	expect(findLinks(`${PRICES},https://example.org/x;http://example.net`)).toEqual([
		PRICES,
		'https://example.org/x',
		'http://example.net',
	]);
	expect(readLinkAt('www.example.com', 0)?.href).toBe('https://www.example.com/');
});

it.each([
	'www.',
	'www.example',
	'awww.so.cute',
	'xhttps://example.com',
	'javascript:alert(1)',
	'a@b',
	'https://',
	'http:// x',
	'@example.com',
])('doesn’t link %s', (text) => {
	expect(findLinks(text)).toEqual([]);
});

it('parses hostile URLs in linear time', () => {
	for (const piece of [
		'https://a',
		'a\\_',
		'(',
		')',
		'a@',
		'日',
		'a日@',
		'https://a)(',
		'.a',
		'[![a](b)',
		'[\\',
		'[a](tel:(',
		'[a](<',
	]) {
		expect(findLinks(`https://a.example/${piece.repeat(20_000)}`)).toBeInstanceOf(Array);
	}
});
