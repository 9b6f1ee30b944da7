import { pino, type DestinationStream, type Logger } from 'pino';
import { z } from 'zod';

export type Log = Logger;

const MAX_QUERY_LENGTH = 300;

/** Creates the log: one JSON line per entry, on stdout by default. Redacts secrets. Visitors' messages must not be logged. */
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

const failedQuerySchema = z.object({ query: z.string(), params: z.array(z.unknown()) });

/** Returns the loggable form of an error. For a failed query, includes its text but not its values, which may be personal data. */
export function describeError(error: unknown): unknown {
	if (!(error instanceof Error)) return error;
	const query = failedQuerySchema.safeParse(error).data?.query;
	return {
		type: error.name,
		message: query === undefined ? error.message : 'a query failed',
		...('code' in error && { code: error.code }),
		...(query !== undefined && {
			query: query.trim().replace(/\s+/g, ' ').slice(0, MAX_QUERY_LENGTH),
		}),
		stack: error.stack?.slice(error.stack.search(/\n\s+at /)).trim(),
		...(error.cause !== undefined && { cause: describeError(error.cause) }),
	};
}
