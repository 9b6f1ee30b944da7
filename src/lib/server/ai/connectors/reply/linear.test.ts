import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AnswerReader } from '../n8n/answer-reader.ts';
import { ReplyReader } from '../openai/reply-reader.ts';
import { Answer } from './answer.ts';
import { joinParts } from './parts.ts';
import { parseReply } from './parse-reply.ts';
import { toMarkdown, MarkdownConverter } from './to-markdown.ts';
import { ThoughtFilter, stripThoughts } from './thought-filter.ts';

/** Beginnings and ends of everything that the filters look for. */
const PIECES = [
	...[
		'<b>',
		'</b>',
		'<br>',
		'<p>',
		'<li>',
		'<ul>',
		'<td>',
		'<table></tr>',
		'<a href="',
		'<img alt=',
		'<script>',
		'<!--',
	],
	...[
		'<',
		'<a <',
		'<think',
		'<think ',
		'<think>',
		'</think>',
		'<think>a</think> ',
		'"<think>"',
		'&lt;think ',
		'<function=',
		'[Used tools: ',
		'<details>',
		'<details><summary>',
		'AI: ',
		'{{ a',
		'{% a',
		'{%a%',
		'{{{',
		'to=functions.',
		'[tool_call:',
		'functions.a:0',
		'> ',
		'💭',
		'(Thinking: ',
		'[a_b(',
		'Thinking: a\n\n',
		'<a_b>',
		'</a_b>',
		'<a_b> ',
		'Thinking Process: ',
		'<ctrl94>',
		'<｜DSML｜x>',
		'a_think',
		'<a_think ',
		'[|a',
		'[cite: 1,',
		'<|begin|> ',
		'\n[LEAD ',
		'\n## a ',
		'\n<lead>',
		'\n{"',
		'```json\n{',
	],
	...[
		'`',
		'` ',
		'`` ',
		'```',
		'```\n',
		'\n',
		' ',
		'\n<p>',
		'x<br>',
		'&',
		'&lt;',
		'&#',
		'[',
		'[a',
		'[^',
		'[^1]',
		'[THINK]',
	],
	...[
		'\\',
		'\\(',
		'\\( x',
		'$',
		'$$',
		'$$ ',
		'{',
		'【',
		'【4:0†',
		'†',
		'\ue200',
		'◁',
		'◁think▷',
		'<|',
		'<|a|>',
		'<|channel|>',
	],
	...['Thought: ', 'analysis', 'a', '.', '</th', '</script ', '<details '],
];

const filters: [string, (text: string) => unknown][] = [
	['the thought filter', stripThoughts],
	['the conversion to Markdown', toMarkdown],
];

/** Counts the characters that regular expressions search while `act` runs. */
function measureCost(act: () => unknown): number {
	let cost = 0;
	const exec = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec')?.value as RegExp['exec'];
	const spy = vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
		const from = this.global || this.sticky ? this.lastIndex : 0;
		const match = exec.call(this, text);
		const isAnchored = this.sticky || this.source.startsWith('^');
		const end = match ? match.index + match[0].length : isAnchored ? from : text.length;
		cost += 1 + Math.max(0, end - from);
		return match;
	});
	act();
	spy.mockRestore();
	return cost;
}

afterEach(() => vi.restoreAllMocks());

describe.each(filters)('%s', (_, filter) => {
	it('takes linear time, whatever is repeated', () => {
		const unit = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 });
		fc.assert(
			fc.property(unit, (pieces) => {
				const text = pieces.join('').repeat(600);
				const cost = measureCost(() => filter(text));
				// Lookahead is bounded, so its share of the cost shrinks with the length of the text.
				expect(measureCost(() => filter(text + text))).toBeLessThanOrEqual(2.6 * cost + 4000);
			}),
			{ numRuns: 80 },
		);
	});

	it.each(PIECES)('reads repeated %j to the end', (piece) => {
		expect(typeof filter(piece.repeat(64_000 / piece.length))).toBe('string');
	});
});

it('a text in small chunks is read in linear time', () => {
	for (const piece of ['<script>', '<!--', '<think>', ' ', 'a']) {
		const text = piece.repeat(30_000 / piece.length);
		const filtered = (push: (one: string) => void) => {
			for (const one of text) push(one);
		};
		const thoughts = new ThoughtFilter({ write: () => undefined, retract: () => undefined });
		const converter = new MarkdownConverter(() => undefined);
		expect(measureCost(() => filtered((one) => thoughts.push(one)))).toBeLessThan(
			text.length * 900,
		);
		expect(measureCost(() => filtered((one) => converter.push(one)))).toBeLessThan(
			text.length * 900,
		);
	}
});

describe('a body of 4 MB in small chunks', () => {
	const CHUNK_LENGTH = 16;
	const read = (reader: { push(text: string): void; end(): void }, body: string) => {
		for (let at = 0; at < body.length; at += CHUNK_LENGTH) {
			reader.push(body.slice(at, at + CHUNK_LENGTH));
		}
		reader.end();
	};
	const text = 'a word '.repeat(570_000);

	it('is read to the end as one JSON answer', () => {
		const reader = new ReplyReader();
		read(reader, JSON.stringify({ choices: [{ message: { content: text } }] }));
		expect(reader.drain()).toBe(text);
	});

	it('is read to the end as one line of an event stream', () => {
		const answer = new Answer();
		read(new AnswerReader(answer, 'text/event-stream'), `:${text}\n\ndata: Hello\n\n`);
		expect(answer.text).toBe('Hello');
	});
});

it('many parts are joined in linear time', () => {
	const parts = Array.from({ length: 2_000 }, () => ({ type: 'text', text: 'a.' }));
	const cost = measureCost(() => joinParts(parts));
	expect(measureCost(() => joinParts([...parts, ...parts]))).toBeLessThanOrEqual(2.1 * cost);
});

it('a table has a bounded width', () => {
	const text = `${'<td>'.repeat(10_000)}${'<table></tr>'.repeat(2_000)}`;
	expect(toMarkdown(text).length).toBeLessThan(4 * text.length);
	expect(parseReply(JSON.stringify({ reply: text }))?.text.length).toBeLessThan(4 * text.length);
});
