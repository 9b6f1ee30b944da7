import { createGzip, constants } from 'node:zlib';
import { readNumberOption } from '../exchange.ts';
import type { AiExchange, AiHandler } from './ai-stand-in.ts';
import {
	createRunLines,
	toItemLine,
	toLine,
	createMetadata,
	openStream,
	splitIntoPieces,
	sendLines,
} from './lines.ts';

const STEP_MS = 2;

/** An AI Agent: one item per delta of the model, `delay` ms apart. */
async function streamReply(exchange: AiExchange, delay: number): Promise<void> {
	await sendLines(exchange, createRunLines(splitIntoPieces(exchange.reply)), delay);
	exchange.response.end();
}

async function sendEvents(exchange: AiExchange, events: string[]): Promise<void> {
	const { response, options, pause } = exchange;
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
	for (const event of events) {
		response.write(event);
		await pause(readNumberOption(options, 'delay', STEP_MS));
	}
	response.end();
}

/** Streamed answers. Streams that fail are in faults.ts. */
export const STREAMS = {
	stream: (exchange) => streamReply(exchange, readNumberOption(exchange.options, 'delay', STEP_MS)),
	'slow-stream': (exchange) =>
		streamReply(exchange, readNumberOption(exchange.options, 'delay', 250)),
	/** Respond to Webhook with streaming on: the whole text in one item. */
	'stream-respond': async (exchange) => {
		await sendLines(
			exchange,
			createRunLines([exchange.reply], createMetadata('Respond to Webhook')),
			0,
		);
		exchange.response.end();
	},
	/** Respond to Webhook, JSON: the item's content is a JSON string. */
	'stream-json': async (exchange) => {
		const content = JSON.stringify({
			reply: exchange.reply,
			lead: { email: 'ada@example.com' },
			completed: false,
		});
		await sendLines(
			exchange,
			createRunLines(splitIntoPieces(content), createMetadata('Respond to Webhook')),
			STEP_MS,
		);
		exchange.response.end();
	},
	/** Respond to Webhook, all incoming items: begin, item and end for each. */
	'stream-two-items': async (exchange) => {
		for (const [itemIndex, output] of ['First things first.', exchange.reply].entries()) {
			const metadata = { ...createMetadata('Respond to Webhook'), itemIndex };
			await sendLines(exchange, createRunLines([JSON.stringify({ output })], metadata), 0);
		}
		exchange.response.end();
	},
	/** An agent that used a tool, in two runs. */
	'stream-two-runs': async (exchange) => {
		await sendLines(
			exchange,
			createRunLines(splitIntoPieces('Let me look that up.'), createMetadata('AI Agent', 0)),
			STEP_MS,
		);
		await sendLines(
			exchange,
			createRunLines(splitIntoPieces(exchange.reply), createMetadata('AI Agent', 1)),
			STEP_MS,
		);
		exchange.response.end();
	},
	/** Blank lines while the model thinks. */
	'stream-heartbeats': async (exchange) => {
		const lines = createRunLines(splitIntoPieces(exchange.reply)).flatMap((text) => [
			'\n',
			text,
			'\n',
		]);
		await sendLines(exchange, lines, 0);
		exchange.response.end();
	},
	'stream-no-metadata': async (exchange) => {
		const bare = splitIntoPieces(exchange.reply).map((content) =>
			toLine({ type: 'item', content }),
		);
		await sendLines(
			exchange,
			[toLine({ type: 'begin' }), ...bare, toLine({ type: 'end' })],
			STEP_MS,
		);
		exchange.response.end();
	},
	/** The last line has no newline, and `end` is missing. */
	'stream-no-newline': async (exchange) => {
		await sendLines(exchange, createRunLines([exchange.reply]).slice(0, 2), 0);
		exchange.response.end(toItemLine('!').trimEnd());
	},
	/** One byte per chunk, which splits every UTF-8 sequence. */
	'stream-bytes': async (exchange) => {
		const { response, options, pause } = exchange;
		openStream(response);
		const text = options.get('text') ?? 'Schöne Grüße 👋🏽 — 你好';
		for (const byte of Buffer.from(createRunLines([text]).join(''))) {
			response.write(Buffer.of(byte));
			await pause(0);
		}
		response.end();
	},
	/** n8n's stream to a caller that accepts gzip, flushed after every line. */
	'stream-gzip': async ({ response, reply, options, pause }) => {
		response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
		const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
		gzip.pipe(response);
		for (const text of createRunLines(splitIntoPieces(reply))) {
			gzip.write(text);
			await pause(readNumberOption(options, 'delay', STEP_MS));
		}
		gzip.end();
	},
	sse: (exchange) =>
		sendEvents(exchange, [
			': hello\n\n',
			...splitIntoPieces(exchange.reply).map(
				(text) => `event: delta\ndata: ${JSON.stringify({ text })}\n\n`,
			),
			`event: done\ndata: ${JSON.stringify({ completed: true, lead: { name: 'Ada' } })}\n\n`,
		]),
	'sse-text': (exchange) =>
		sendEvents(
			exchange,
			splitIntoPieces(exchange.reply).map((text) => `data: ${text}\r\n\r\n`),
		),
	'sse-openai': (exchange) =>
		sendEvents(exchange, [
			...splitIntoPieces(exchange.reply).map((content) => {
				return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
			}),
			`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
			'data: [DONE]\n\n',
		]),
} satisfies Record<string, AiHandler>;
