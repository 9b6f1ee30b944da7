import { describe, expect, it } from 'vitest';
import { HOSTILE_MARKDOWN } from '../../../tests/support/hostile-markdown.ts';
import type { Inline } from './inline.ts';
import { parseMarkdown, type Block } from './parse.ts';

const paragraph = (...lines: Inline[][]): Block => ({ type: 'paragraph', lines });
const bold = (...children: Inline[]): Inline => ({ type: 'bold', children });
const italic = (...children: Inline[]): Inline => ({ type: 'italic', children });
const link = (href: string, label: string): Inline => ({ type: 'link', href, children: [label] });

/** Everything that a bubble would show as words, without its marks. */
function getText(parts: Inline[]): string {
	return parts.map((part) => (typeof part === 'string' ? part : getText(part.children))).join('');
}
const getLines = (blocks: Block[]) =>
	blocks.flatMap((block) => (block.type === 'list' ? block.items : block.lines));
const toText = (blocks: Block[]) => getLines(blocks).map(getText).join('\n');

function getLinks(parts: Inline[]): string[] {
	return parts.flatMap((part) => {
		if (typeof part === 'string') return [];
		return [...(part.type === 'link' ? [part.href] : []), ...getLinks(part.children)];
	});
}

describe('a message from the AI', () => {
	it.each<[string, Block[]]>([
		['Hello', [paragraph(['Hello'])]],
		['***Both***', [paragraph([bold(italic('Both'))])]],
		['***Both* and bold**', [paragraph([bold(italic('Both'), ' and bold')])]],
		['[A](https://a.example/ "Title")', [paragraph([link('https://a.example/', 'A')])]],
		[
			'So it is [[1]](https://a.example/)',
			[paragraph(['So it is ', link('https://a.example/', '[1]')])],
		],
		['One\nTwo\n\nThree', [paragraph(['One'], ['Two']), paragraph(['Three'])]],
		[
			'a **bold** and *soft* word',
			[paragraph(['a ', bold('bold'), ' and ', italic('soft'), ' word'])],
		],
		['__so__ and _so_', [paragraph([bold('so'), ' and ', italic('so')])]],
		['**bold with *soft* inside**', [paragraph([bold('bold with ', italic('soft'), ' inside')])]],
		[
			'- one\n- **two**\n\n- three',
			[{ type: 'list', start: null, items: [['one'], [bold('two')], ['three']] }],
		],
		['3. three\n4) four', [{ type: 'list', start: 3, items: [['three'], ['four']] }]],
		['Look:\n- here', [paragraph(['Look:']), { type: 'list', start: null, items: [['here']] }]],
		['[Prices](https://a.example/p?q=1)', [paragraph([link('https://a.example/p?q=1', 'Prices')])]],
		['[Call](tel:+15550142) us', [paragraph([link('tel:+15550142', 'Call'), ' us'])]],
		['[Call](tel:+1 (202) 555-0142)', [paragraph([link('tel:+1(202)555-0142', 'Call')])]],
		[
			'[Mail](mailto:me@a.example?subject=A roof)',
			[paragraph([link('mailto:me@a.example?subject=A%20roof', 'Mail')])],
		],
		['[A](<https://a.example/x y>)', [paragraph([link('https://a.example/x%20y', 'A')])]],
		['[](https://a.example/)', [paragraph([link('https://a.example/', 'https://a.example/')])]],
		[
			'[![A](https://a.example/x.png)](https://a.example/)',
			[paragraph([link('https://a.example/', 'A')])],
		],
		['[A\\]b](https://a.example/)', [paragraph([link('https://a.example/', 'A]b')])]],
		['[A](a.example/prices)', [paragraph([link('https://a.example/prices', 'A')])]],
		['our [prices](/prices) and [more](more.html)', [paragraph(['our prices and more'])]],
		[
			'[**A** b](https://a.example/)',
			[paragraph([{ type: 'link', href: 'https://a.example/', children: [bold('A'), ' b'] }])],
		],
		['**Price: **$5', [paragraph([bold('Price: '), '$5'])]],
		['One\\\ntwo', [paragraph(['One'], ['two'])]],
		[
			'a | b\n--- | ---\n1 | 2\n\n3 | 4',
			[paragraph([bold('a · b')], ['1 · 2']), paragraph(['3 | 4'])],
		],
		[
			'See https://a.example/x.',
			[paragraph(['See ', link('https://a.example/x', 'https://a.example/x'), '.'])],
		],
		[
			'(https://a.example/a_(b))',
			[paragraph(['(', link('https://a.example/a_(b)', 'https://a.example/a_(b)'), ')'])],
		],
		['me@a.example!', [paragraph([link('mailto:me@a.example', 'me@a.example'), '!'])]],
		[
			'- a\n  - b\n\t- c\n- d',
			[
				{ type: 'list', start: null, items: [['a']] },
				{ type: 'list', start: null, depth: 1, items: [['b']] },
				{ type: 'list', start: null, depth: 2, items: [['c']] },
				{ type: 'list', start: null, items: [['d']] },
			],
		],
		[
			'1. a\n   1. b\n   1. c\n2. d\n5. e',
			[
				{ type: 'list', start: 1, items: [['a']] },
				{ type: 'list', start: 1, depth: 1, items: [['b'], ['c']] },
				{ type: 'list', start: 2, items: [['d']] },
				{ type: 'list', start: 5, items: [['e']] },
			],
		],
		[
			'1. a\n   - b\n1. c\n1. d',
			[
				{ type: 'list', start: 1, items: [['a']] },
				{ type: 'list', start: null, depth: 1, items: [['b']] },
				{ type: 'list', start: 2, items: [['c'], ['d']] },
			],
		],
		[
			'2. two\n\nNow:\n\n3. three',
			[
				{ type: 'list', start: 2, items: [['two']] },
				paragraph(['Now:']),
				{ type: 'list', start: 3, items: [['three']] },
			],
		],
	])('renders %j', (text, blocks) => {
		expect(parseMarkdown(text)).toEqual(blocks);
	});

	it.each([
		'2 * 3 * 4 = 24',
		'snake_case_name and a*b*c',
		'**not closed',
		'a ** b ** c',
		'<b>no tag</b>',
		'[no link]',
		'#no heading',
		'` alone',
		'~~not closed',
		'a | b',
		'![no image]',
		'1999. was long ago and 12',
		'-no list',
	])('leaves %j unchanged', (text) => {
		expect(toText(parseMarkdown(text))).toBe(text.replace(/^1999\. /, ''));
	});

	it.each<[string, string]>([
		['## Prices ##\n\nFrom $5', 'Prices\nFrom $5'],
		['### **Bold**', 'Bold'],
		['> quoted\n> twice', 'quoted\ntwice'],
		['One\n\n---\n\nTwo\n***', 'One\nTwo'],
		['Run `npm *ci*` and ``a`b``', 'Run npm *ci* and a`b'],
		['```sh\nnpm ci\n  **x**\n```\nDone', 'npm ci\n\u00a0\u00a0**x**\nDone'],
		['- a\n    - b\n        - c', 'a\nb\nc'],
		['1. a\n   - b\n2. c', 'a\nb\nc'],
		['- [ ] open\n- [x] done', '☐ open\n☑ done'],
		['~~$100~~ $80', '$100 $80'],
		['![A roof](https://a.example/x.png)', 'A roof'],
		['| Roof | Price |\n| --- | :-: |\n| Slate | **$4** |', 'Roof · Price\nSlate · $4'],
	])('removes the formatting of %j', (text, expected) => {
		expect(toText(parseMarkdown(text))).toBe(expected);
	});

	it('treats a backslash as an escape', () => {
		expect(toText(parseMarkdown('\\*\\*no\\*\\* C:\\folder'))).toBe('**no** C:\\folder');
	});
});

describe('a streaming message', () => {
	it.each<[string, string]>([
		['Now **impor', 'Now impor'],
		['Now **', 'Now '],
		['Now *', 'Now '],
		['see [the pri', 'see the pri'],
		['see [the prices](https://a.exa', 'see the prices'],
		['Look:\n-', 'Look:'],
		['Look:\n2.', 'Look:'],
		['Now **important*', 'Now important'],
	])('hides the incomplete formatting of %j', (text, expected) => {
		expect(toText(parseMarkdown(text, true))).toBe(expected);
	});

	it('never shows less text as more characters arrive', () => {
		const text = 'Well, **this is *it***:\n\n- [one](https://a.example)\n- _two_ and me@a.example';
		let longest = 0;
		for (let end = 1; end <= text.length; end++) {
			const { length } = toText(parseMarkdown(text.slice(0, end), true));
			expect(length, text.slice(0, end)).toBeGreaterThanOrEqual(longest - 2);
			longest = Math.max(longest, length);
		}
		expect(toText(parseMarkdown(text, true))).toBe(toText(parseMarkdown(text)));
	});
});

describe('hostile input', () => {
	it.each(HOSTILE_MARKDOWN)('never links to executable URLs: %j', (text) => {
		const links = [false, true].flatMap((isOpen) =>
			getLinks(getLines(parseMarkdown(text, isOpen)).flat()),
		);
		expect(links.filter((href) => !/^(https?:\/\/|mailto:|tel:)/.test(href))).toEqual([]);
	});

	it.each(['*', '**', '_', '[', '[a](', '- ', '\\', 'a@', 'https://', '*a ', '_a_b', '[[]('])(
		'is read to its end: %j again and again',
		(piece) => {
			const blocks = parseMarkdown(piece.repeat(40_000 / piece.length), true);
			expect(Array.isArray(blocks)).toBe(true);
		},
	);
});
