import { OutboundError, type OutboundReason } from '#lib/server/core/outbound/index.ts';
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

/** Whatever went wrong as the outcome of the turn, with what the visitor had been shown by then. */
export function toConnectorError(
	error: unknown,
	partial: string,
	trace: TurnTrace,
	called: { name: string; remedies: Partial<Record<OutboundReason, string>> },
): ConnectorError {
	if (error instanceof ConnectorError) {
		return new ConnectorError(error.outcome, error.message, { partial, cause: error.cause });
	}
	if (error instanceof OutboundError) {
		trace.http_status ??= error.status;
		// A header that cannot be sent: nothing was answered, so nothing had a wrong shape.
		const outcome =
			error.isSent || error.reason !== 'invalid' ? OUTCOMES[error.reason] : 'unreachable';
		const message = `${called.name} failed: ${error.message}.${called.remedies[error.reason] ?? ''}`;
		return new ConnectorError(outcome, message, { partial, cause: error });
	}
	if (error instanceof Error && error.name === 'AbortError') {
		return new ConnectorError('dropped', 'The call was given up.', { partial, cause: error });
	}
	return new ConnectorError('internal', 'The answer could not be read.', { partial, cause: error });
}
