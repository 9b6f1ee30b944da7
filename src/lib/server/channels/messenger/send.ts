import { z } from 'zod';
import type { App } from '#lib/server/core/context.ts';
import { type Attempt, claim } from '#lib/server/core/outbox/outbox.ts';
import { callGraph, GraphError, type Refusal, tokenOf } from './graph.ts';
import { OPTION } from './message-text.ts';

export const partClaim = claim.extend({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	message_id: z.coerce.number(),
	page_id: z.string(),
	psid: z.string(),
	/** The page's own token at the time of the claim; null: the server's. */
	sealed_token: z.string().nullable(),
	token_fingerprint: z.string().nullable(),
	metadata: z.string(),
	text: z.string(),
	quick_replies: z.array(z.string()),
	reply_until: z.coerce.date().nullable(),
});
/** A part of a message that only this process may send now. */
export type PartClaim = z.infer<typeof partClaim>;

/** Prefixes the metadata of messages that we sent. */
export const OURS = 'frontdesk:';
const MAX_OPTIONS = 13;
const MAX_TITLE_LENGTH = 20;

const accepted = z.object({ message_id: z.string() });

/** The result of one attempt. */
export interface PartAttempt extends Attempt {
	/** Facebook's id of the message, when it was accepted. */
	mid: string | null;
	/** Why Facebook did not accept it; null when it did, or when this process cut the call off. */
	refusal: Refusal | null;
}

const RESULTS: Record<Refusal, PartAttempt['result']> = {
	wait: 'retry',
	// Due again at once, and claimed when the page has another token.
	token: 'released',
	window: 'failed',
	final: 'failed',
};

/** Hands one part to Facebook; never throws. Nothing is sent once the visitor's 24 hours are over. */
export async function send(app: App, claim: PartClaim, signal: AbortSignal): Promise<PartAttempt> {
	if (claim.reply_until && claim.reply_until <= app.clock()) {
		return refused('window', 'the 24 hours are over');
	}
	try {
		const body = {
			recipient: { id: claim.psid },
			messaging_type: 'RESPONSE',
			message: messageOf(claim),
		};
		const path = `${claim.page_id}/messages`;
		const answer = await callGraph(app, tokenOf(app, claim), path, { body, signal });
		const mid = accepted.safeParse(answer).data?.message_id ?? null;
		return { result: 'sent', error: null, mid, refusal: null };
	} catch (error) {
		const refusal = error instanceof GraphError ? error.refusal : 'wait';
		const attempt = refused(refusal, error instanceof Error ? error.message : String(error));
		return signal.aborted ? { ...attempt, result: 'released', refusal: null } : attempt;
	}
}

const refused = (refusal: Refusal, error: string): PartAttempt => ({
	result: RESULTS[refusal],
	error,
	mid: null,
	refusal,
});

function messageOf({ text, metadata, quick_replies }: PartClaim) {
	const options = quick_replies.slice(0, MAX_OPTIONS).map((option) => ({
		content_type: 'text',
		title: titleOf(option),
		payload: OPTION + option,
	}));
	return {
		text,
		metadata: OURS + metadata,
		...(options.length > 0 && { quick_replies: options }),
	};
}

const titleOf = (option: string) =>
	option.length <= MAX_TITLE_LENGTH
		? option
		: `${option
				.slice(0, MAX_TITLE_LENGTH - 1)
				.toWellFormed()
				.replace('\ufffd', '')
				.trimEnd()}…`;
