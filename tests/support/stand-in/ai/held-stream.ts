import { once } from 'node:events';
import type { AiExchange, AiHandler } from './ai-stand-in.ts';
import { agentRun, item, openStream } from './lines.ts';

/** An answer that is streamed piece by piece, each when the test says so. */
export interface HeldStream {
	answer: AiHandler;
	/** Resolves once the AI has been called. */
	asked: Promise<AiExchange>;
	write(text: string): Promise<void>;
	end(): Promise<void>;
	/** Resolves once the caller has hung up. */
	abandoned(): Promise<void>;
}

export function heldStream(): HeldStream {
	const { promise: asked, resolve } = Promise.withResolvers<AiExchange>();
	const [begin = '', end = ''] = agentRun([]);
	return {
		answer: (exchange) => {
			openStream(exchange.response);
			exchange.response.write(begin);
			resolve(exchange);
		},
		asked,
		async write(text) {
			(await asked).response.write(item(text));
		},
		async end() {
			(await asked).response.end(end);
		},
		async abandoned() {
			const { signal } = await asked;
			if (!signal.aborted) await once(signal, 'abort');
		},
	};
}
