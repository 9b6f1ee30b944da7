import type { TurnOutcome } from '#lib/contract/turn.ts';

/** How a turn ended, in a word or two. */
export const OUTCOME_WORDS: Record<TurnOutcome, string> = {
	ok: 'Answered',
	empty: 'Empty answer',
	timeout: 'Took too long',
	queue_timeout: 'Waited too long',
	unreachable: 'Unreachable',
	blocked: 'Address not allowed',
	unauthorized: 'Wrong credentials',
	not_registered: 'Workflow not active',
	bad_status: 'Refused',
	no_reply_mode: 'Wrong response mode',
	bad_shape: 'No reply found',
	too_large: 'Too large',
	workflow_error: 'Workflow failed',
	interrupted: 'Interrupted',
	dropped: 'Dropped: taken over',
	internal: 'Fault of Frontdesk',
};

export const isFailure = (outcome: TurnOutcome | null) =>
	outcome !== null && outcome !== 'ok' && outcome !== 'dropped';
