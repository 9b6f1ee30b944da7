export type OutboundReason =
	/** An address that must not be called. */
	| 'blocked'
	| 'timeout'
	/** No connection, or it broke. */
	| 'unreachable'
	| 'too_large'
	/** A redirect that is not followed. */
	| 'redirect'
	/** An answer that is not HTTP, or not in the encoding it claims. */
	| 'invalid'
	| 'aborted';

/** Why a call has no answer, in words for the person who typed the address. */
export class OutboundError extends Error {
	override name = 'OutboundError';
	readonly reason: OutboundReason;
	/** Whether the request may have arrived; only one that did not is safe to send again. */
	readonly isSent: boolean;
	/** The status, when the answer had come so far. */
	readonly status: number | undefined;

	constructor(
		reason: OutboundReason,
		message: string,
		extra: { isSent?: boolean; status?: number; cause?: unknown } = {},
	) {
		super(message, { cause: extra.cause });
		this.reason = reason;
		this.isSent = extra.isSent ?? true;
		this.status = extra.status;
	}
}

const NETWORK_FAULTS: Record<string, string> = {
	ECONNREFUSED: 'refused the connection',
	ECONNRESET: 'broke the connection off',
	EPIPE: 'broke the connection off',
	UND_ERR_SOCKET: 'broke the connection off',
	UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broke the connection off',
	ENOTFOUND: 'is a name that does not exist',
	EAI_AGAIN: 'could not be looked up',
	EHOSTUNREACH: 'cannot be reached',
	ENETUNREACH: 'cannot be reached',
	ETIMEDOUT: 'cannot be reached',
};

/** Says in words what the network, TLS, HTTP or the decoder complained of. */
export function toOutboundError(error: unknown, host: string, isSent: boolean): OutboundError {
	if (error instanceof OutboundError) return error;
	const code = codeOf(error);
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
		return new OutboundError('invalid', `${host} did not answer in HTTP`, extra);
	}
	if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_')) {
		const message = `the answer of ${host} is not in the encoding that it claims`;
		return new OutboundError('invalid', message, extra);
	}
	const fault = NETWORK_FAULTS[code] ?? unusualFault(code);
	return new OutboundError('unreachable', `${host} ${fault}`, extra);
}

const unusualFault = (code: string): string =>
	/CERT|TLS|SSL|VERIFY/.test(code)
		? `has no certificate that can be trusted (${code})`
		: `cannot be reached (${code || 'unknown error'})`;

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
