import type { SendMessageResult } from '#lib/contract/widget.ts';
import type { ReplyHooks } from '../ai/turns/index.ts';
import type { ApiContext } from './env.ts';
import { problemFor } from './problems.ts';

const HEARTBEAT_MS = 15_000;

/**
 * Answers with server-sent events while `send` goes on: `session`, `message`, `delta`, `reply`, and `done` with the whole
 * result. A failure before the first event is thrown, later ones are the event `error`. A client that leaves stops nothing.
 */
export async function streamReply(
	c: ApiContext,
	send: (hooks: ReplyHooks) => Promise<SendMessageResult>,
): Promise<Response> {
	const gone = new AbortController();
	const begun = Promise.withResolvers<void>();
	let hasBegun = false;
	const events = new ReadableStream<string>({
		start(client) {
			const write = (text: string) => {
				if (!gone.signal.aborted) client.enqueue(text);
			};
			const tell = (event: string, data: unknown) => {
				hasBegun = true;
				begun.resolve();
				write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
			};
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			send({
				onSession: (session) => tell('session', session),
				onMessage: (message) => tell('message', message),
				onDelta: (text) => tell('delta', { text }),
				signal: gone.signal,
			})
				.then((result) => {
					if (result.reply) tell('reply', result.reply);
					tell('done', result);
				})
				.catch((error: unknown) => {
					if (!hasBegun) begun.reject(error);
					else if (!gone.signal.aborted) tell('error', problemFor(error, c));
				})
				.finally(() => {
					clearInterval(heartbeat);
					if (!gone.signal.aborted) client.close();
				});
		},
		cancel: () => gone.abort(),
	});
	await begun.promise;
	return c.body(events.pipeThrough(new TextEncoderStream()), 200, {
		'Content-Type': 'text/event-stream; charset=utf-8',
		'Cache-Control': 'no-store, no-transform',
		'X-Accel-Buffering': 'no',
	});
}
