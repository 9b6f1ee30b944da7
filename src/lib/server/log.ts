import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Structured log, one JSON line an entry on stdout; secrets never reach it. */
export function createLog(level: string): Log {
	return pino({
		level,
		base: undefined,
		timestamp: pino.stdTimeFunctions.isoTime,
		redact: ['*.password', '*.token', '*.authorization', '*.api_key', '*.secret'],
	});
}
