import { setTimeout as pause } from 'node:timers/promises';
import {
	type Outbound,
	OutboundError,
	type OutboundResponse,
} from '#lib/server/core/outbound/index.ts';
import type { Conversation, TurnTrace } from '../connector.ts';

export interface N8nSettings {
	url: string;
	auth_header: { name: string; value: string } | null;
	/** Milliseconds to the first byte of the answer, between two pieces of it, and in all. */
	timeouts?: { firstByte?: number; idle?: number; total?: number };
	/** The largest answer, in bytes. */
	max_bytes?: number;
}

const RETRY_PAUSE_MS = 250;
/** n8n's option "Ignore Bots" (the library isbot) refuses the bare word "Frontdesk". */
const USER_AGENT = 'Frontdesk/1.0 (chat)';

interface Call extends Pick<N8nSettings, 'url' | 'auth_header'> {
	limits: { firstByte: number; idle: number; total: number };
	maxBytes: number;
}

/** Posts the turn; tries once more only when the first request never left, since n8n cannot tell a repeat. */
export async function callWebhook(
	outbound: Outbound,
	{ url, auth_header, limits, maxBytes }: Call,
	conversation: Conversation,
	trace: TurnTrace,
): Promise<OutboundResponse> {
	const { signal, is_test } = conversation;
	const deadline = performance.now() + limits.total;
	const body = JSON.stringify(turnBody(conversation));
	const headers = {
		'content-type': 'application/json',
		accept: 'application/json, text/event-stream, text/plain;q=0.9, */*;q=0.1',
		'user-agent': USER_AGENT,
		...(is_test && { 'x-frontdesk-test': '1' }),
		...(auth_header && { [auth_header.name]: auth_header.value }),
	};
	for (;;) {
		const total = Math.max(1, deadline - performance.now());
		const timeouts = { ...limits, total };
		try {
			return await outbound.request({
				url,
				method: 'POST',
				headers,
				body,
				timeouts,
				maxBytes,
				signal,
			});
		} catch (error) {
			if (trace.retries > 0 || !isSafeToRepeat(error)) throw error;
			trace.retries++;
			await pause(RETRY_PAUSE_MS, undefined, { signal });
		}
	}
}

const isSafeToRepeat = (error: unknown): boolean =>
	error instanceof OutboundError && error.reason === 'unreachable' && !error.isSent;

/** What the workflow gets: our names, and those of n8n's own chat for workflows that were made for it. */
function turnBody({
	session_id,
	turn_id,
	action,
	is_test = false,
	message,
	message_id,
	site,
	context,
}: Conversation) {
	const { utm_source, utm_medium, utm_campaign, utm_term, utm_content } = context;
	return {
		action,
		...(is_test && { is_test }),
		session_id,
		message,
		message_id,
		turn_id,
		site: site.key,
		visitor: context,
		sessionId: session_id,
		chatInput: message,
		metadata: {
			turnId: turn_id,
			site: site.key,
			page: context.page_url,
			lang: context.language,
			utm: {
				source: utm_source,
				medium: utm_medium,
				campaign: utm_campaign,
				term: utm_term,
				content: utm_content,
			},
		},
	};
}
