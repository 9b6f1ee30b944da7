import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { hang, readNumberOption, reset, send } from '../exchange.ts';
import type { AiExchange, AiHandler } from './ai-stand-in.ts';
import {
	createRunLines,
	toItemLine,
	toLine,
	createMetadata,
	openStream,
	sendLines,
} from './lines.ts';

const MIB = 1024 * 1024;

async function endInError(exchange: AiExchange, lines: string[], content: string | null) {
	const metadata = createMetadata(content === null ? 'Code' : 'AI Agent');
	await sendLines(exchange, [...lines, toLine({ type: 'error', content, metadata })], 2);
	exchange.response.end();
}

/** Writes as fast as the caller reads, until it disconnects. */
async function flood({ response, signal }: AiExchange, chunk: string, count: number) {
	for (let i = 0; i < count && !signal.aborted; i++) {
		if (!response.write(chunk)) await once(response, 'drain', { signal });
	}
	response.end();
}

const [begin = '', , end = ''] = createRunLines(['']);

/** Failures of the connection, the encoding or the stream. */
export const FAULTS = {
	/** A Code node threw: only an error line, with null content. */
	'stream-error-null': (exchange) => endInError(exchange, [], null),
	'stream-error': (exchange) => endInError(exchange, [begin], 'Incorrect API key provided'),
	/** The model's connection dropped in the middle of an answer. */
	'stream-error-middle': (exchange) =>
		endInError(
			exchange,
			[begin, toItemLine('Thanks'), toItemLine(' —')],
			'Original error: TypeError',
		),
	/** begin and end with nothing in between. */
	'stream-silent': async (exchange) => {
		await sendLines(exchange, [begin, end], 0);
		exchange.response.end();
	},
	'stream-reset': async (exchange) => {
		await sendLines(exchange, [begin, toItemLine('Thanks'), toItemLine(' —')], 0);
		await exchange.pause(20);
		reset(exchange.response);
	},
	'stream-stall': (exchange) =>
		sendLines(exchange, [begin, toItemLine('Thanks'), toItemLine(' —')], 0),
	'stream-html': async (exchange) => {
		await sendLines(exchange, [begin, toItemLine('Thanks'), '<html><head>504</head></html>\n'], 2);
		exchange.response.end();
	},
	/** Binary data. */
	garbage: ({ response }) => {
		const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 167 + 13) % 256));
		send(response, 200, 'application/octet-stream', bytes);
	},
	/** Text in Latin-1 that is declared as UTF-8. */
	'invalid-utf8': ({ response }) =>
		send(response, 200, 'text/plain; charset=utf-8', Buffer.from('Caf\xe9 is open', 'latin1')),
	'broken-json': ({ response }) =>
		send(response, 200, 'application/json', '{"output":"Thanks, I no'),
	/** 64 MiB, or `mib` of them. */
	huge: async (exchange) => {
		exchange.response.writeHead(200, { 'content-type': 'application/json' });
		await flood(exchange, 'x'.repeat(MIB), readNumberOption(exchange.options, 'mib', 64));
	},
	/** Sends text until the caller disconnects. */
	endless: async (exchange) => {
		exchange.response.writeHead(200, { 'content-type': 'text/plain' });
		await flood(exchange, 'More and more. '.repeat(1000), Infinity);
	},
	/** 256 KB that decompress to 256 MiB. */
	'gzip-bomb': ({ response }) => {
		const member = gzipSync(Buffer.alloc(MIB, 'x'), { level: 9 });
		response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
		for (let i = 0; i < 256; i++) response.write(member);
		response.end();
	},
	'gzip-broken': ({ response }) => {
		response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
		response.end(Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x01, 0x02, 0x03]));
	},
	/** 100,000 nested arrays, or `levels`. */
	deep: ({ response, options }) => {
		const levels = readNumberOption(options, 'levels', 100_000);
		send(response, 200, 'application/json', '['.repeat(levels) + ']'.repeat(levels));
	},
	/** One byte every `delay` ms, 1,000 by default. */
	drip: async ({ response, reply, options, pause }) => {
		response.writeHead(200, { 'content-type': 'text/plain' });
		for (const byte of Buffer.from(reply.repeat(100))) {
			response.write(Buffer.of(byte));
			await pause(readNumberOption(options, 'delay', 1000));
		}
		response.end();
	},
	'never-answers': hang,
	/** A streaming workflow that hangs: sends its headers immediately, then nothing. */
	'headers-only': ({ response }) => openStream(response),
	reset: ({ response }) => reset(response),
	/** Closes the connection without an answer. */
	'hang-up': ({ response }) => void response.socket?.end(),
	/** Redirects to `to`, by default to loopback. */
	redirect: ({ request, response, options }) => {
		const location = options.get('to') ?? `http://${request.headers.host}/n8n/echo`;
		response.writeHead(readNumberOption(options, 'status', 307), { location }).end();
	},
} satisfies Record<string, AiHandler>;
