export type OutboundReason =
	/** An address that must not be called. */
	| 'blocked'
	| 'timeout'
	/** The connection failed or was lost. */
	| 'unreachable'
	| 'too_large'
	/** A redirect that is not followed. */
	| 'redirect'
	/** A request that can't be sent, or a response that is not HTTP or not in its declared encoding. */
	| 'invalid'
	| 'aborted';

/** Thrown if a call has no usable response. The message is shown to the person who entered the address. */
export class OutboundError extends Error {
	override name = 'OutboundError';
	readonly reason: OutboundReason;
	/** Whether the request may have arrived. If not, it is safe to retry. */
	readonly isSent: boolean;
	/** The response's status, if it was received. */
	readonly status: number | undefined;
	/** The target of a redirect that was not followed. */
	readonly location: URL | undefined;

	constructor(
		reason: OutboundReason,
		message: string,
		extra: { isSent?: boolean; status?: number; location?: URL; cause?: unknown } = {},
	) {
		super(message, { cause: extra.cause });
		this.reason = reason;
		this.isSent = extra.isSent ?? true;
		this.status = extra.status;
		this.location = extra.location;
	}
}

const NETWORK_ERRORS: Record<string, string> = {
	ECONNREFUSED: 'refused the connection',
	ECONNRESET: 'closed the connection unexpectedly',
	EPIPE: 'closed the connection unexpectedly',
	UND_ERR_SOCKET: 'closed the connection unexpectedly',
	UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed the connection unexpectedly',
	ENOTFOUND: 'does not exist',
	EAI_AGAIN: 'could not be looked up',
	EHOSTUNREACH: 'cannot be reached',
	ENETUNREACH: 'cannot be reached',
	ETIMEDOUT: 'cannot be reached',
};

/** Converts a network, TLS, HTTP or decoding error into one with a readable message. */
export function toOutboundError(error: unknown, host: string, isSent: boolean): OutboundError {
	if (error instanceof OutboundError) return error;
	const code = getErrorCode(error);
	const extra = { isSent, cause: error };
	if (code === 'UND_ERR_CONNECT_TIMEOUT') {
		return new OutboundError('timeout', `${host} did not accept a connection in time`, extra);
	}
	if (code === 'UND_ERR_HEADERS_OVERFLOW') {
		return new OutboundError('too_large', `${host} sent too many headers`, extra);
	}
	if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
		return new OutboundError('aborted', 'the server is stopping', extra);
	}
	if (code === 'UND_ERR_INVALID_ARG') {
		const reason = error instanceof Error ? error.message : code;
		return new OutboundError('invalid', `the request cannot be sent: ${reason}`, extra);
	}
	if (error instanceof Error && error.name === 'HTTPParserError') {
		return new OutboundError('invalid', `${host} did not send a valid HTTP response`, extra);
	}
	if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_')) {
		const message = `the response of ${host} does not match its Content-Encoding`;
		return new OutboundError('invalid', message, extra);
	}
	const problem = NETWORK_ERRORS[code] ?? describeUnknownCode(code);
	return new OutboundError('unreachable', `${host} ${problem}`, extra);
}

const describeUnknownCode = (code: string): string =>
	/CERT|TLS|SSL|VERIFY/.test(code)
		? `has no trusted certificate (${code})`
		: `cannot be reached (${code || 'unknown error'})`;

const getErrorCode = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
