import { pino, type DestinationStream, type Logger } from 'pino';
import { z } from 'zod';

export type Log = Logger;

const LONGEST_QUERY = 300;

/** Structured log, one JSON line an entry, on stdout; secrets and what visitors write never reach it. */
export function createLog(level: string, destination?: DestinationStream): Log {
	const options = {
		level,
		base: undefined,
		timestamp: pino.stdTimeFunctions.isoTime,
		redact: ['*.password', '*.token', '*.authorization', '*.api_key', '*.secret'],
		serializers: { err: describeError },
	};
	return destination ? pino(options, destination) : pino(options);
}

const failedQuery = z.object({ query: z.string(), params: z.array(z.unknown()) });

/** What the log keeps of an error: of a failed query its text and never its values, which may be a visitor's words. */
export function describeError(error: unknown): unknown {
	if (!(error instanceof Error)) return error;
	const query = failedQuery.safeParse(error).data?.query;
	return {
		type: error.name,
		message: query === undefined ? error.message : 'a query failed',
		...('code' in error && { code: error.code }),
		...(query !== undefined && {
			query: query.trim().replace(/\s+/g, ' ').slice(0, LONGEST_QUERY),
		}),
		stack: error.stack?.slice(error.stack.search(/\n\s+at /)).trim(),
		...(error.cause !== undefined && { cause: describeError(error.cause) }),
	};
}
