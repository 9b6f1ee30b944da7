import { once } from 'node:events';
import type { AiExchange, AiHandler } from './ai-stand-in.ts';
import { createRunLines, toItemLine, openStream } from './lines.ts';

/** A streamed answer whose chunks the test controls. */
export interface HeldStream {
	answer: AiHandler;
	/** Resolves once the AI has been called. */
	called: Promise<AiExchange>;
	write(text: string): Promise<void>;
	end(): Promise<void>;
	/** Resolves once the caller has disconnected. */
	aborted(): Promise<void>;
}

export function createHeldStream(): HeldStream {
	const { promise: called, resolve } = Promise.withResolvers<AiExchange>();
	const [begin = '', end = ''] = createRunLines([]);
	return {
		answer: (exchange) => {
			openStream(exchange.response);
			exchange.response.write(begin);
			resolve(exchange);
		},
		called,
		async write(text) {
			(await called).response.write(toItemLine(text));
		},
		async end() {
			(await called).response.end(end);
		},
		async aborted() {
			const { signal } = await called;
			if (!signal.aborted) await once(signal, 'abort');
		},
	};
}
