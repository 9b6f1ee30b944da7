import type { ServerResponse } from 'node:http';
import type { AiExchange } from './ai-stand-in.ts';

export interface LineMetadata {
	nodeId: string;
	nodeName: string;
	itemIndex: number;
	runIndex: number;
	timestamp: number;
}

/** Returns a line's metadata as n8n 2.41.1 writes it. */
export const createMetadata = (nodeName = 'AI Agent', runIndex = 0): LineMetadata => ({
	nodeId: `aiw-${nodeName.toLowerCase().replaceAll(' ', '-')}`,
	nodeName,
	itemIndex: 0,
	runIndex,
	timestamp: Date.now(),
});

export const toLine = (chunk: { type: string; content?: string | null; metadata?: object }) =>
	`${JSON.stringify(chunk)}\n`;

export const toItemLine = (content: string, metadata = createMetadata()) =>
	toLine({ type: 'item', content, metadata });

/** Returns the lines of a run: begin, one item per text, end. */
export const createRunLines = (texts: string[], metadata = createMetadata()): string[] => [
	toLine({ type: 'begin', metadata }),
	...texts.map((text) => toItemLine(text, metadata)),
	toLine({ type: 'end', metadata }),
];

/** Splits a text like a model does, into words with the space before them. */
export const splitIntoPieces = (text: string): string[] =>
	text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];

/** Sends a stream's headers before its first line. */
export function openStream(response: ServerResponse): void {
	if (response.headersSent) return;
	response.writeHead(200, {
		'content-type': 'application/json; charset=utf-8',
		'transfer-encoding': 'chunked',
		'cache-control': 'no-cache',
	});
	response.flushHeaders();
}

/** Writes lines, each in its own chunk, `delay` ms apart. */
export async function sendLines(
	{ response, pause }: AiExchange,
	lines: string[],
	delay: number,
): Promise<void> {
	openStream(response);
	for (const [index, text] of lines.entries()) {
		if (delay > 0 && index > 0) await pause(delay);
		response.write(text);
	}
}
