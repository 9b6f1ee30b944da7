import type { TurnOutcome } from '#lib/contract/turn.ts';

export const outcomeLabels: Record<TurnOutcome, string> = {
	ok: 'Answered',
	empty: 'Empty response',
	timeout: 'Timed out',
	queue_timeout: 'Timed out in queue',
	unreachable: 'Unreachable',
	blocked: 'Address blocked',
	unauthorized: 'Wrong credentials',
	not_registered: 'Workflow not active',
	bad_status: 'HTTP error',
	no_reply_mode: 'Wrong response mode',
	bad_shape: 'No reply found',
	too_large: 'Response too large',
	workflow_error: 'Workflow failed',
	interrupted: 'Interrupted',
	dropped: 'Discarded (taken over)',
	internal: 'Internal error',
};
