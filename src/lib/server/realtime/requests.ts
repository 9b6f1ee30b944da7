import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Ack, AckError } from '#lib/contract/live.ts';
import { resolveClientAddress, toNetwork } from '../core/client-address.ts';
import type { Config } from '../core/config.ts';
import type { App } from '../core/context.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import { AppError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';

type Work = (payload: never) => Promise<unknown>;

/** A socket of either namespace. Its arguments are `unknown`, since clients may send any shape. */
interface RequestSource {
	on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * Handles one kind of request: parses it, runs the verb, and acknowledges with its result or with the error's code and
 * message. Requests without an ack callback still run.
 */
export function handleRequest<S extends z.ZodType>(
	app: App,
	socket: RequestSource,
	name: string,
	schema: S,
	work: (payload: z.output<S>) => Promise<unknown>,
): void {
	const run = work as Work;
	socket.on(name, (...args) => {
		const lastArgument = args.at(-1);
		const stopTracking = app.watchdog.track(`socket ${name}`);
		const ack =
			typeof lastArgument === 'function'
				? (lastArgument as (answer: Ack<unknown>) => void)
				: undefined;
		Promise.resolve()
			.then(() => run(parse(schema, args[0]) as never))
			.then((data) => ack?.({ ok: true, data: data ?? {} }))
			.catch((error: unknown) => ack?.({ ok: false, error: toAckError(app, error) }))
			.finally(stopTracking);
	});
}

/** Creates a function that runs tasks one after another, so that a client's messages are stored in the order it sent them. */
export function createTaskQueue() {
	let latestTask: Promise<unknown> = Promise.resolve();
	return <T>(work: () => Promise<T>): Promise<T> => {
		const result = latestTask.then(work, work);
		latestTask = result;
		return result;
	};
}

/** Counts an error in the metrics and returns what to send to the client, without internal details. */
function toAckError(app: App, error: unknown): AckError {
	const refusal = presentError(app, error);
	app.metrics.refusals.inc({ code: refusal.code, door: 'socket' });
	return refusal;
}

function presentError(app: App, error: unknown): AckError {
	if (error instanceof AppError) {
		const { code, message, retryAfter: retry_after } = error;
		return retry_after === undefined ? { code, message } : { code, message, retry_after };
	}
	if (isTransientDatabaseError(error)) {
		// At debug level: the pool has already logged the outage, and this runs once per request.
		app.log.debug({ err: error }, 'the database is unavailable');
		return { code: 'unavailable', message: 'not available right now; try again', retry_after: 2 };
	}
	app.log.error({ err: error }, 'a request on a socket failed');
	return { code: 'internal', message: 'something went wrong on our side; try again' };
}

/** Creates the error of a refused handshake; Socket.IO sends its `data` to the client. */
export function createHandshakeError(app: App, error: unknown): Error {
	const data = toAckError(app, error);
	return Object.assign(new Error(data.message), { data });
}

/** Returns a client's address, its network for rate limits, and its user agent. */
export function getClient(
	config: Config,
	{ address, headers }: { address: string; headers: IncomingHttpHeaders },
) {
	const forwarded = headers['x-forwarded-for'];
	const hops = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
	const ip = resolveClientAddress(config, address, hops);
	return {
		ip,
		network: toNetwork(ip),
		userAgent: headers['user-agent'],
	};
}
