import type { z } from 'zod';
import type { Ack, Refusal } from '#lib/contract/live.ts';
import type { App } from '../core/context.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import { AppError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';

type Work = (payload: never) => Promise<unknown>;

/** Any socket: what it asks is not to be trusted to have the shape that its type says. */
interface Listening {
	on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * Answers one kind of request: parses it, runs the verb, acknowledges with its result or with the error's code and
 * message. Requests without an ack callback still run.
 */
export function answer<S extends z.ZodType>(
	app: App,
	socket: Listening,
	name: string,
	schema: S,
	work: (payload: z.output<S>) => Promise<unknown>,
): void {
	const run = work as Work;
	socket.on(name, (...args) => {
		const last = args.at(-1);
		const done = app.watchdog.track(`socket ${name}`);
		const ack = typeof last === 'function' ? (last as (answer: Ack<unknown>) => void) : undefined;
		Promise.resolve()
			.then(() => run(parse(schema, args[0]) as never))
			.then((data) => ack?.({ ok: true, data: data ?? {} }))
			.catch((error: unknown) => ack?.({ ok: false, error: refusal(app, error) }))
			.finally(done);
	});
}

/** Runs what it is given one after another: what a client sends in one go is stored in that order. */
export function oneByOne() {
	let last: Promise<unknown> = Promise.resolve();
	return <T>(work: () => Promise<T>): Promise<T> => {
		const result = last.then(work, work);
		last = result;
		return result;
	};
}

/** What a client may know of an error; counted. */
export function refusal(app: App, error: unknown): Refusal {
	const refusal = describeError(app, error);
	app.metrics.refusals.inc({ code: refusal.code, door: 'socket' });
	return refusal;
}

function describeError(app: App, error: unknown): Refusal {
	if (error instanceof AppError) {
		const { code, message, retryAfter: retry_after } = error;
		return retry_after === undefined ? { code, message } : { code, message, retry_after };
	}
	if (isTransientDatabaseError(error)) {
		// Not louder: the pool has told of it, and every visitor who writes comes by here.
		app.log.debug({ err: error }, 'the database could not be reached');
		return { code: 'unavailable', message: 'not available right now; try again', retry_after: 2 };
	}
	app.log.error({ err: error }, 'a request on a socket failed');
	return { code: 'internal', message: 'something went wrong on our side; try again' };
}

/** A refused handshake, in the form that Socket.IO carries to the client (`error.data`). */
export function handshakeError(app: App, error: unknown): Error {
	const data = refusal(app, error);
	return Object.assign(new Error(data.message), { data });
}
