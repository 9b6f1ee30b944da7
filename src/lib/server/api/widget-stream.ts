import type { SendMessageResult } from '#lib/contract/widget.ts';
import type { ReplyHooks } from '../ai/turns/index.ts';
import type { ApiContext } from './route.ts';
import { problemFor } from './problems.ts';

const HEARTBEAT_MS = 15_000;

/**
 * Streams the progress of `send` as server-sent events: `session`, `message`, `delta`, `reply`, and `done` with the full
 * result. Throws if `send` fails before the first event; later failures become an `error` event. `send` continues when
 * the client disconnects.
 */
export async function streamReply(
	c: ApiContext,
	send: (hooks: ReplyHooks) => Promise<SendMessageResult>,
): Promise<Response> {
	const disconnected = new AbortController();
	const started = Promise.withResolvers<void>();
	let hasStarted = false;
	const events = new ReadableStream<string>({
		start(client) {
			const write = (text: string) => {
				if (!disconnected.signal.aborted) client.enqueue(text);
			};
			const emit = (event: string, data: unknown) => {
				hasStarted = true;
				started.resolve();
				write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
			};
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			send({
				onSession: (session) => emit('session', session),
				onMessage: (message) => emit('message', message),
				onDelta: (text) => emit('delta', { text }),
				signal: disconnected.signal,
			})
				.then((result) => {
					if (result.reply) emit('reply', result.reply);
					emit('done', result);
				})
				.catch((error: unknown) => {
					if (!hasStarted) started.reject(error);
					else if (!disconnected.signal.aborted) emit('error', problemFor(error, c));
				})
				.finally(() => {
					clearInterval(heartbeat);
					if (!disconnected.signal.aborted) client.close();
				});
		},
		cancel: () => disconnected.abort(),
	});
	await started.promise;
	return c.body(events.pipeThrough(new TextEncoderStream()), 200, {
		'Content-Type': 'text/event-stream; charset=utf-8',
		'Cache-Control': 'no-store, no-transform',
		'X-Accel-Buffering': 'no',
	});
}
