import { z } from 'zod';
import type { App } from '#lib/server/core/context.ts';
import { callGraph, GraphError, type Refusal } from './graph.ts';
import { tokenOf } from './tokens.ts';
import { OPTION } from './words.ts';

export const claim = z.object({
	id: z.coerce.number(),
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	message_id: z.coerce.number(),
	page_id: z.string(),
	psid: z.string(),
	/** The page's own token as it was when the part was claimed; null: the server's. */
	sealed_token: z.string().nullable(),
	token_fingerprint: z.string().nullable(),
	metadata: z.string(),
	text: z.string(),
	quick_replies: z.array(z.string()),
	reply_until: z.coerce.date().nullable(),
	/** The attempt's number; who holds the newest one holds the message. */
	number: z.number(),
});
/** A part of a message that this process alone may send now. */
export type Claim = z.infer<typeof claim>;

/** Marks the metadata of what we sent. */
export const OURS = 'frontdesk:';
const MOST_OPTIONS = 13;
const TITLE_LENGTH = 20;

const taken = z.object({ message_id: z.string() });

/** What came of one attempt. */
export type Attempt =
	{ mid: string | null } | { refusal: Refusal; error: string; is_cut_off: boolean };

/** Hands one part to Facebook; never throws. Nothing is sent when the visitor's 24 hours are over. */
export async function send(app: App, claim: Claim, signal: AbortSignal): Promise<Attempt> {
	if (claim.reply_until && claim.reply_until <= app.clock()) {
		return { refusal: 'window', error: 'the 24 hours are over', is_cut_off: false };
	}
	try {
		const body = {
			recipient: { id: claim.psid },
			messaging_type: 'RESPONSE',
			message: messageOf(claim),
		};
		const path = `${claim.page_id}/messages`;
		const answer = await callGraph(app, tokenOf(app, claim), path, { body, signal });
		return { mid: taken.safeParse(answer).data?.message_id ?? null };
	} catch (error) {
		const refusal = error instanceof GraphError ? error.refusal : 'wait';
		const message = error instanceof Error ? error.message : String(error);
		return { refusal, error: message, is_cut_off: signal.aborted };
	}
}

function messageOf({ text, metadata, quick_replies }: Claim) {
	const options = quick_replies.slice(0, MOST_OPTIONS).map((option) => ({
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
	option.length <= TITLE_LENGTH
		? option
		: `${option
				.slice(0, TITLE_LENGTH - 1)
				.toWellFormed()
				.replace('\ufffd', '')
				.trimEnd()}…`;
