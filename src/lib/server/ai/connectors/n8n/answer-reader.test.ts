import { expect, it } from 'vitest';
import { ConnectorError } from '../connector.ts';
import { Answer } from '../reply/answer.ts';
import { AnswerReader } from './answer-reader.ts';

const MIB = 1024 * 1024;
const fill = (text: string) => text.repeat(MIB / text.length);
const keys = (value: string) =>
	Array.from({ length: 50_000 }, (_, i) => `"key${i}":${value}`).join(',');
const nested = (open: string, close: string) => {
	const levels = Math.floor(MIB / (open.length + close.length)) - 1;
	return `${open.repeat(levels)}1${close.repeat(levels)}`;
};
const begin = (node: number) => `{"type":"begin","metadata":{"nodeId":"${node}"}}\n`;

/** Bodies of the maximum size. Code that rereads them from the start for each chunk would take minutes. */
const BOMBS: [string, string][] = [
	['open brackets', fill('[')],
	['deep arrays', nested('[', ']')],
	['deep objects', nested('{"a":', '}')],
	['deep outputs', nested('{"output":', '}')],
	...['handoff', 'quick_replies', 'lead', 'booking_url', 'unknown'].flatMap(
		(key): [string, string][] => [
			[`a deep ${key}`, `{"reply":"x","${key}":${nested('[', ']')}}`],
			[`a deep ${key} as a text`, `{"reply":"x","${key}":"${nested('[', ']')}"}`],
		],
	),
	['deep parts', nested('[{"type":"text","text":', '}]')],
	['a deep delta', `{"choices":[{"delta":${nested('{"content":[', ']}')}}]}`],
	['wide arrays', `[${fill('[],')}[]]`],
	['wide objects', `{${keys('1')}}`],
	['wide leads', `{"reply":"x","lead":{${keys('[]')}}}`],
	['space', fill(' ')],
	['space and a letter', `${fill(' ')}x`],
	['a letter, space and a letter', `x${fill(' ')}x`],
	['a bracket and space', `[${fill(' ')}`],
	['fences', fill('``` ')],
	['quotation marks', fill('"')],
	['braces', fill('{{')],
	['empty items', fill('{"type":"item","content":""}\n')],
	['items of space', fill('{"type":"item","content":" "}\n')],
	['runs without end', Array.from({ length: 20_000 }, (_, i) => begin(i)).join('')],
	['heartbeats', begin(1) + fill('\n')],
	['lines of text', begin(1) + fill('x\n')],
	['events', fill('data: x\n\n')],
	['an endless event', fill('data:\n')],
	['colons', `data: ${fill(':')}`],
	['JSON after a text', `Hi\n${fill('{"a":')}`],
	['JSON lines', fill('{"a":"b"}\n')],
	['comments', fill(': ping\n\n')],
	['used tools', fill('[Used tools: ')],
	['lists in lists', fill('<ul><li>')],
];

it.each(BOMBS)('%s are read in linear time and end in a text or a ConnectorError', (name, body) => {
	const answer = new Answer();
	const isEvents = name.includes('event') || name === 'colons';
	const reader = new AnswerReader(answer, isEvents ? 'text/event-stream' : 'application/json');
	const pieces: string[] = [];
	let failure: unknown;
	try {
		for (let at = 0; at < body.length; at += 1000) {
			reader.push(body.slice(at, at + 1000));
			pieces.push(...answer.drain());
		}
		reader.end();
	} catch (error) {
		failure = error;
	}
	pieces.push(...answer.drain());
	expect(failure ?? new ConnectorError('ok', '')).toBeInstanceOf(ConnectorError);
	if (body.startsWith('{"reply":"x"')) expect(answer.text).toBe('x');
	expect(pieces.join('') === answer.text).toBe(true);
});
