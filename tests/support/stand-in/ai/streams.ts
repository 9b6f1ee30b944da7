import { createGzip, constants } from 'node:zlib';
import { numberOption } from '../exchange.ts';
import type { AiExchange, AiHandler } from './ai-stand-in.ts';
import { agentRun, item, line, meta, openStream, pieces, sendLines } from './lines.ts';

const STEP_MS = 2;

/** An AI Agent: one item per delta of the model, `delay` ms apart. */
async function agentStream(exchange: AiExchange, delay: number): Promise<void> {
	await sendLines(exchange, agentRun(pieces(exchange.reply)), delay);
	exchange.response.end();
}

async function serverSentEvents(exchange: AiExchange, events: string[]): Promise<void> {
	const { response, options, pause } = exchange;
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
	for (const event of events) {
		response.write(event);
		await pause(numberOption(options, 'delay', STEP_MS));
	}
	response.end();
}

/** Streamed answers. Streams that fail are in faults.ts. */
export const STREAMS = {
	stream: (exchange) => agentStream(exchange, numberOption(exchange.options, 'delay', STEP_MS)),
	'slow-stream': (exchange) => agentStream(exchange, numberOption(exchange.options, 'delay', 250)),
	/** Respond to Webhook with streaming on: the whole text in one item. */
	'stream-respond': async (exchange) => {
		await sendLines(exchange, agentRun([exchange.reply], meta('Respond to Webhook')), 0);
		exchange.response.end();
	},
	/** Respond to Webhook, JSON: the item's content is a JSON string. */
	'stream-json': async (exchange) => {
		const content = JSON.stringify({
			reply: exchange.reply,
			lead: { email: 'ada@example.com' },
			completed: false,
		});
		await sendLines(exchange, agentRun(pieces(content), meta('Respond to Webhook')), STEP_MS);
		exchange.response.end();
	},
	/** Respond to Webhook, all incoming items: begin, item and end for each. */
	'stream-two-items': async (exchange) => {
		for (const [itemIndex, output] of ['First things first.', exchange.reply].entries()) {
			const about = { ...meta('Respond to Webhook'), itemIndex };
			await sendLines(exchange, agentRun([JSON.stringify({ output })], about), 0);
		}
		exchange.response.end();
	},
	/** An agent that used a tool, in two runs. */
	'stream-two-runs': async (exchange) => {
		await sendLines(
			exchange,
			agentRun(pieces('Let me look that up.'), meta('AI Agent', 0)),
			STEP_MS,
		);
		await sendLines(exchange, agentRun(pieces(exchange.reply), meta('AI Agent', 1)), STEP_MS);
		exchange.response.end();
	},
	/** Blank lines while the model thinks. */
	'stream-heartbeats': async (exchange) => {
		const lines = agentRun(pieces(exchange.reply)).flatMap((text) => ['\n', text, '\n']);
		await sendLines(exchange, lines, 0);
		exchange.response.end();
	},
	'stream-no-metadata': async (exchange) => {
		const bare = pieces(exchange.reply).map((content) => line({ type: 'item', content }));
		await sendLines(exchange, [line({ type: 'begin' }), ...bare, line({ type: 'end' })], STEP_MS);
		exchange.response.end();
	},
	/** The last line has no newline, and `end` is missing. */
	'stream-no-newline': async (exchange) => {
		await sendLines(exchange, agentRun([exchange.reply]).slice(0, 2), 0);
		exchange.response.end(item('!').trimEnd());
	},
	/** One byte per chunk, which splits every UTF-8 sequence. */
	'stream-bytes': async (exchange) => {
		const { response, options, pause } = exchange;
		openStream(response);
		const text = options.get('text') ?? 'Schöne Grüße 👋🏽 — 你好';
		for (const byte of Buffer.from(agentRun([text]).join(''))) {
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
		for (const text of agentRun(pieces(reply))) {
			gzip.write(text);
			await pause(numberOption(options, 'delay', STEP_MS));
		}
		gzip.end();
	},
	sse: (exchange) =>
		serverSentEvents(exchange, [
			': hello\n\n',
			...pieces(exchange.reply).map(
				(text) => `event: delta\ndata: ${JSON.stringify({ text })}\n\n`,
			),
			`event: done\ndata: ${JSON.stringify({ completed: true, lead: { name: 'Ada' } })}\n\n`,
		]),
	'sse-text': (exchange) =>
		serverSentEvents(
			exchange,
			pieces(exchange.reply).map((text) => `data: ${text}\r\n\r\n`),
		),
	'sse-openai': (exchange) =>
		serverSentEvents(exchange, [
			...pieces(exchange.reply).map((content) => {
				return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
			}),
			`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
			'data: [DONE]\n\n',
		]),
} satisfies Record<string, AiHandler>;
