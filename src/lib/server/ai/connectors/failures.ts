import {
	OutboundError,
	type OutboundReason,
	type OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
import { ConnectorError, type TurnOutcome, type TurnTrace } from './connector.ts';

const OUTCOMES: Record<OutboundReason, TurnOutcome> = {
	blocked: 'blocked',
	timeout: 'timeout',
	unreachable: 'unreachable',
	too_large: 'too_large',
	redirect: 'bad_status',
	invalid: 'bad_shape',
	aborted: 'dropped',
};

/** Converts any error of a call into a ConnectorError that carries the partial reply. `target` names what was called and adds advice to the message. */
export function toConnectorError(
	error: unknown,
	partial: string,
	trace: TurnTrace,
	target: { name: string; remedies: Partial<Record<OutboundReason, string>> },
): ConnectorError {
	if (error instanceof ConnectorError) {
		const { outcome, message, cause, refusal } = error;
		return new ConnectorError(outcome, message, { partial, cause, refusal });
	}
	if (error instanceof OutboundError) {
		trace.http_status ??= error.status;
		// Before sending, `invalid` means a header that can't be sent, not an answer of the wrong shape.
		const outcome =
			error.isSent || error.reason !== 'invalid' ? OUTCOMES[error.reason] : 'unreachable';
		const message = `${target.name} failed: ${error.message}.${target.remedies[error.reason] ?? ''}`;
		return new ConnectorError(outcome, message, { partial, cause: error });
	}
	if (error instanceof Error && error.name === 'AbortError') {
		return new ConnectorError('dropped', 'The call was aborted.', { partial, cause: error });
	}
	return new ConnectorError('internal', 'The answer could not be read.', { partial, cause: error });
}

/** Creates the error of a refused call. `cause` is what its status and reason mean, with a remedy, if that is known. */
export function createStatusError(
	name: string,
	{ status, reason }: { status: number; reason: string },
	cause?: [TurnOutcome, explanation: string],
): ConnectorError {
	const refusal = `Status ${status}.${reason === '' ? '' : ` It said: "${reason}"`}`;
	if (cause) return new ConnectorError(cause[0], `${cause[1]} (${refusal})`);
	return new ConnectorError('bad_status', `${name} returned an error. (${refusal})`, { refusal });
}

const MAX_REFUSAL_LENGTH = 16 * 1024;

/** Reads the beginning of a refusal's body. Throws only if the call was aborted; after other errors, the status is enough to report. */
export async function readRefusal({ body }: OutboundResponse): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	try {
		for await (const chunk of body) {
			text += decoder.decode(chunk, { stream: true });
			if (text.length >= MAX_REFUSAL_LENGTH) break;
		}
	} catch (error) {
		if (error instanceof OutboundError && error.reason === 'aborted') throw error;
	}
	return text;
}
