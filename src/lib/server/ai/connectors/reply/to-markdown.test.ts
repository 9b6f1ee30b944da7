import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMarkdown, MarkdownConverter } from './to-markdown.ts';

function convert(pieces: string[]): string {
	let output = '';
	const converter = new MarkdownConverter((text) => {
		output += text;
	});
	for (const piece of pieces) converter.push(piece);
	converter.end();
	return output;
}

const TEXTS: [string, string, string][] = [
	['line breaks', 'One<br>Two<br/>\nThree', 'One\nTwo\n\nThree'],
	['a line break in a table', '| a<br>b | c |', '| a, b | c |'],
	['entities', 'Fish &amp; Chips&nbsp;&#8211; 5 &lt; 6 &#39;ok&#39;', "Fish & Chips – 5 < 6 'ok'"],
	[
		'what only looks like an entity',
		'AT&T, ?a=1&copy=2 &nothing; & so',
		'AT&T, ?a=1&copy=2 &nothing; & so',
	],
	[
		'paragraphs',
		'<p>Hello <b>Ada</b>,</p>\n<p>how\nare <em>you</em>?</p>',
		'Hello **Ada**,\n\nhow are *you*?',
	],
	[
		'a list',
		'<p>We do:</p><ul>\n <li>Roofs</li>\n <li><p>Slate</p></li>\n</ul><p>Yes</p>',
		'We do:\n\n- Roofs\n- Slate\n\nYes',
	],
	[
		'numbers',
		'<ol><li>One</li><li>Two<ul><li>Deep</li></ul></li></ol>',
		'1. One\n2. Two\n  - Deep',
	],
	['a heading', '<h2>Prices</h2>From $5', '## Prices\n\nFrom $5'],
	[
		'links',
		'See <a href="https://a.example/?x=1&amp;y=2" target="_blank">our prices</a>.',
		'See [our prices](https://a.example/?x=1&y=2).',
	],
	['a link that runs', '<a href="javascript:alert(1)">Press</a>', 'Press'],
	[
		'an image',
		'<img src="https://a.example/x.png" alt="A roof">',
		'![A roof](https://a.example/x.png)',
	],
	[
		'a table',
		'<table><tr><th>Roof</th><th>Price</th></tr><tr><td>Slate</td><td>$4</td></tr></table>',
		'| Roof | Price |\n| --- | --- |\n| Slate | $4 |',
	],
	[
		'code',
		'<p>Run <code>npm ci</code></p><pre><code class="x">a &lt; b\n  c</code></pre>',
		'Run `npm ci`\n\n```\na < b\n  c\n```',
	],
	['divs', '<div>One</div><div>Two</div>', 'One\nTwo'],
	['scripts', 'Hi<script>alert("<b>")</script> there<style>p{}</style>', 'Hi there'],
	['comments', 'Hi <!-- secret --> there', 'Hi  there'],
	['a space before the end of bold', '<b>Now </b>is it', '**Now** is it'],
	// https://github.com/0cc4m/KoboldAI/pull/62
	['a model’s start and end tokens', '<s>Hello.</s>', 'Hello.'],
	['what is struck out', 'Now <s>$10</s> $8', 'Now ~~$10~~ $8'],
	['underlined', '<u>Hi</u> <span style="color:red">you</span>', 'Hi you'],
	[
		'line breaks that were escaped twice',
		'Hello.\\nHow are you?\\n\\n- One\\n- Two\\n',
		'Hello.\nHow are you?\n\n- One\n- Two\n',
	],
	['quotation marks that were escaped twice', 'He said \\"hi\\"', 'He said "hi"'],
	// https://github.com/langgenius/dify/issues/8056
	[
		'characters that were escaped twice',
		'Gr\\u00fc\\u00DFe \\ud83d\\ude00, 1 \\u003c 2',
		'Grüße 😀, 1 < 2',
	],
	['escaped prices', 'From \\$5 to \\$10', 'From $5 to $10'],
	['a link in angle brackets', 'See <https://a.example/x?y=1>.', 'See https://a.example/x?y=1.'],
	['an email address in angle brackets', 'Ada <ada@a.example>', 'Ada ada@a.example'],
	['sources', 'We open at 9【4:0†hours.pdf】.', 'We open at 9.'],
	[
		'Gemini’s sources',
		'[cite_start]We open at 9[cite: 1, 2]. [Cited] [c]',
		'We open at 9. [Cited] [c]',
	],
	// https://github.com/soliplex/soliplex/issues/694
	[
		'the ids of sources',
		'We open at 9【f2af7f8b-284e-4f53-a7c9-7563bc49f16f:eca7de8b-20ce-4299-9f42-070906aac9c1】.',
		'We open at 9.',
	],
	['an expression', 'Thanks, {{ $json.name }} and hello!', 'Thanks, and hello!'],
	['an expression with braces', 'Thanks{{ $json.list.map(x => { return x }) }}!', 'Thanks!'],
	['a variable', 'Hi {{name}}\nWhat is next?', 'Hi \nWhat is next?'],
	['a variable before a comma', 'Hi {{name}}, what is next?', 'Hi what is next?'],
	['a variable after a word', 'Thanks{{name}}, and hello!', 'Thanks, and hello!'],
	['tags of a template', 'Hi{% if name %} {{ name }}{%- endif -%}, welcome.', 'Hi welcome.'],
	['other percent signs', 'It is {%} or {% 20 %}, 5 %}.', 'It is {%} or {% 20 %}, 5 %}.'],
	['a name in braces after a dollar', 'Hi ${name}, it costs ${20}.', 'Hi ${name}, it costs ${20}.'],
	['a variable as a tag', "Hi <your_name>, I'm <assistant_name>.", "Hi I'm ."],
	['a speaker as a tag', '<assistant_name>: Hello!', 'Hello!'],
	['tags of the prompt', '<user_message>Hi</user_message>\nHello!', 'Hi\nHello!'],
	[
		'a tag that marks JSON',
		'<lead_data>\n{"a":1}\n</lead_data>',
		'<lead_data>\n{"a":1}\n</lead_data>',
	],
	['a tag in code', 'Write `<your_name>` there', 'Write `<your_name>` there'],
	['other braces', 'Use {name}, {{ or {{}} and }}.', 'Use {name}, {{ or {{}} and }}.'],
	['an expression in code', 'Write `{{ $json.name }}` there', 'Write `{{ $json.name }}` there'],
	[
		'a formula',
		'That is \\( 12 \\times 4.5^2 \\), so:\n\\[ \\frac{243}{2} \\approx 122\\,\\text{m}^2 \\]',
		'That is 12 × 4.5², so:\n243/2 ≈ 122 m²',
	],
	['a formula between dollars', '$$A = \\sqrt{a+b} \\cdot x_1$$ is it', 'A = √(a+b) · x₁ is it'],
	// https://github.com/multica-ai/multica/issues/6838
	[
		'a formula in a line',
		'Inline: \\(E=mc^2\\), and $120 and $85 stay',
		'Inline: E=mc², and $120 and $85 stay',
	],
	// https://github.com/ymx10086/ResearchClaw/issues/7
	['two formulas', 'It is \\(F = ma\\): \\[\\frac{GMm}{r^2}\\]', 'It is F = ma: GMm/r²'],
	// https://github.com/pingdotgg/t3code/issues/11309
	['a formula of research', '\\(\\log(1 + e^{s_{ik} - s_{ij}})\\)', 'log(1 + e^(s_ik - s_ij))'],
	// https://github.com/pingdotgg/t3code/issues/12609
	[
		'a formula with words',
		'$$P_{\\text{mech}} = \\frac{\\text{Torque} \\times 2\\pi}{60{,}000}$$',
		'P_mech = (Torque × 2π)/60,000',
	],
	// https://github.com/CopilotKit/CopilotKit/issues/1132, https://github.com/OpenCoven/coven-cave/pull/3817
	[
		'footnotes',
		'We open at 9[^1], not 8[^old].\n\n[^1]: The sign\n[^old]: The page',
		'We open at 9¹, not 8².\n\n¹ The sign\n² The page',
	],
	// https://github.com/seuros/chaos/pull/48
	['sources of a search', 'Open\ue200cite\ue202turn0search0\ue201 now', 'Open now'],
];

const KEPT = [
	'1 < 2 and 3 > 2, <your name>, <3, a<b>c'.slice(0, 33),
	'Write `<br>` or `&amp;`.',
	'```html\n<p>&amp;</p>\n```\nDone',
	'# Head\n\n- a\n  - b\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n',
	'Put the <script> tag in the head',
	'a  b\n\n\n  c',
	'【お知らせ】明日は休みです。',
	'Prices: $5, $$ is fair, $$$ = costly, $$$$',
	'C:\\users, \\u12 and `\\u00fc`',
	'C:\\new folder, use \\n for it, \\nabla',
	'C:\\new\\(old), \\[no link\\], 50 \\% and [1]',
	'It costs $$ and never ends',
];

describe('HTML in an answer', () => {
	it.each(TEXTS)('becomes Markdown: %s', (_, html, markdown) => {
		expect(toMarkdown(html)).toBe(markdown);
	});
	it.each(KEPT)('leaves text that only looks like it: %j', (text) => {
		expect(toMarkdown(text)).toBe(text);
	});
});

it('converts alike however the text is chunked', () => {
	const piece = fc.oneof(
		fc.constantFrom(
			...[
				'<p>',
				'</p>',
				'<br>',
				'<ul>',
				'<li>',
				'</li>',
				'</ul>',
				'<b>',
				'</b>',
				'<a href="https://a.example">',
				'</a>',
				'&amp;',
				'&',
				';',
			],
			...[
				'`',
				'```\n',
				'\n',
				' ',
				'<pre>',
				'</pre>',
				'<script>',
				'</script>',
				'<!--',
				'-->',
				'<td>',
				'<tr>',
				'<table>',
				'【',
				'[cite: 1',
				'[cite_start]',
				'†】',
				'\ue200',
				'\ue201',
				'\\(',
				'\\)',
				'$$',
				'$',
				'x^2',
				'[^1]',
				'[^a]:',
				'\\n',
				'\\',
				'\\"',
				'\\u',
				'00fc',
				'<https://a.example>',
				'😀',
			],
			...['text', '| a ', '<', '>', '<h2>', '<img src="https://a.example/x" alt="y">', '   '],
		),
		fc.string({ maxLength: 6 }),
	);
	const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
	fc.assert(
		fc.property(text, fc.array(fc.nat({ max: 12 }), { maxLength: 60 }), (whole, sizes) => {
			const pieces = [];
			let at = 0;
			for (const size of sizes) pieces.push(whole.slice(at, (at += size)));
			expect(convert([...pieces, whole.slice(at)])).toBe(toMarkdown(whole));
			expect(convert([...whole])).toBe(toMarkdown(whole));
		}),
		{ numRuns: 500 },
	);
});
