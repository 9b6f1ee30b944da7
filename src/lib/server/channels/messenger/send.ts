import { z } from 'zod';
import type { App } from '#lib/server/core/context.ts';
import { type AttemptResult, claimSchema } from '#lib/server/core/outbox/outbox.ts';
import { callGraph, GraphError, type Refusal, getToken } from './graph.ts';
import { OPTION_PREFIX } from './message-text.ts';

export const partClaimSchema = claimSchema.extend({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	message_id: z.coerce.number(),
	page_id: z.string(),
	psid: z.string(),
	/** The page's own token at the time of the claim; null for the server's token. */
	sealed_token: z.string().nullable(),
	token_fingerprint: z.string().nullable(),
	metadata: z.string(),
	text: z.string(),
	quick_replies: z.array(z.string()),
	reply_until: z.coerce.date().nullable(),
});
/** A part of a message that this process has claimed for sending. */
export type PartClaim = z.infer<typeof partClaimSchema>;

/** The prefix of the metadata of messages that Frontdesk sends. */
export const METADATA_PREFIX = 'frontdesk:';
/** Messenger's limits for quick replies. */
const MAX_OPTIONS = 13;
const MAX_TITLE_LENGTH = 20;

const acceptedSchema = z.object({ message_id: z.string() });

/** The result of one attempt. */
export interface PartAttempt extends AttemptResult {
	/** Facebook's id of the message, if it was accepted. */
	mid: string | null;
	/** Why the attempt didn't succeed; null if it did, or if this process aborted the call. */
	refusal: Refusal | null;
}

const RESULTS: Record<Refusal, PartAttempt['result']> = {
	wait: 'retry',
	// Due again immediately, but not claimed until the page has a different token.
	token: 'released',
	window: 'failed',
	final: 'failed',
};

/** Sends one part to Facebook. Never throws. Sends nothing once the visitor's 24-hour window has closed. */
export async function send(app: App, claim: PartClaim, signal: AbortSignal): Promise<PartAttempt> {
	if (claim.reply_until && claim.reply_until <= app.clock()) {
		return createRefusedAttempt('window', 'the 24-hour window has closed');
	}
	try {
		const body = {
			recipient: { id: claim.psid },
			messaging_type: 'RESPONSE',
			message: toGraphMessage(claim),
		};
		const path = `${claim.page_id}/messages`;
		const response = await callGraph(app, getToken(app, claim), path, { body, signal });
		const mid = acceptedSchema.safeParse(response).data?.message_id ?? null;
		return { result: 'sent', error: null, mid, refusal: null };
	} catch (error) {
		const refusal = error instanceof GraphError ? error.refusal : 'wait';
		const attempt = createRefusedAttempt(
			refusal,
			error instanceof Error ? error.message : String(error),
		);
		return signal.aborted ? { ...attempt, result: 'released', refusal: null } : attempt;
	}
}

const createRefusedAttempt = (refusal: Refusal, error: string): PartAttempt => ({
	result: RESULTS[refusal],
	error,
	mid: null,
	refusal,
});

function toGraphMessage({ text, metadata, quick_replies }: PartClaim) {
	const options = quick_replies.slice(0, MAX_OPTIONS).map((option) => ({
		content_type: 'text',
		title: toTitle(option),
		payload: OPTION_PREFIX + option,
	}));
	return {
		text,
		metadata: METADATA_PREFIX + metadata,
		...(options.length > 0 && { quick_replies: options }),
	};
}

const toTitle = (option: string) =>
	option.length <= MAX_TITLE_LENGTH
		? option
		: `${option
				.slice(0, MAX_TITLE_LENGTH - 1)
				.toWellFormed()
				.replace('\ufffd', '')
				.trimEnd()}…`;
