import { setTimeout as pause } from 'node:timers/promises';
import { toWorkflowQuestion } from '#lib/contract/site.ts';
import { cleanText } from '#lib/contract/text.ts';
import { MAX_VERSION_LENGTH } from '#lib/contract/connector.ts';
import {
	type Outbound,
	OutboundError,
	type OutboundResponse,
	type OutboundTimeouts,
} from '#lib/server/core/outbound/index.ts';
import {
	type Connector,
	ConnectorError,
	type Conversation,
	DEFAULT_TIMEOUTS,
	getMissingKeys,
	type Outcome,
	type TurnTrace,
} from '../connector.ts';
import { BodyDecoder } from '../body-decoder.ts';
import { toConnectorError } from '../failures.ts';
import { Answer } from '../reply/answer.ts';
import { AnswerReader } from './answer-reader.ts';
import { readRefusalError, WEBHOOK } from './failures.ts';

const MAX_BYTES = 1024 * 1024;

/** Creates the connector for an n8n webhook, or any HTTP endpoint that answers like one. */
export function createN8nConnector(
	{ url, auth_header, timeouts, max_bytes }: N8nSettings,
	{ outbound }: { outbound: Outbound },
): Connector {
	const limits = { ...DEFAULT_TIMEOUTS, ...timeouts };
	const maxBytes = max_bytes ?? MAX_BYTES;
	return async function* (conversation, trace) {
		const answer = new Answer();
		try {
			const call = { url, auth_header, limits, maxBytes };
			const response = await callWebhook(outbound, call, conversation, trace);
			trace.http_status = response.status;
			if (response.status < 200 || response.status > 299)
				throw await readRefusalError(response, url);
			const contentType = response.headers.get('content-type') ?? '';
			const reader = new AnswerReader(answer, contentType, conversation.message);
			const decoder = new BodyDecoder(contentType);
			for await (const bytes of response.body) {
				reader.push(decoder.push(bytes));
				yield* answer.drain();
				if (reader.isDone) break;
			}
			reader.push(decoder.end());
			reader.end();
			yield* answer.drain();
			return toOutcome(answer, response);
		} catch (error) {
			throw toConnectorError(error, answer.text, trace, WEBHOOK);
		} finally {
			trace.shape = answer.shape;
			trace.execution_id = answer.fields.execution_id;
		}
	};
}

function toOutcome({ text, fields }: Answer, { headers }: OutboundResponse): Outcome {
	if (text === '') throw new ConnectorError('empty', EMPTY_ANSWER);
	const { execution_id: _, workflow_version, lead, completed, quick_replies, ...others } = fields;
	const version = others.version ?? workflow_version ?? readVersionHeader(headers);
	return { text, lead, completed, quick_replies, ...others, ...(version && { version }) };
}

/** Returns the workflow version in a header, which a Respond to Webhook node can add even to a stream or plain text. */
function readVersionHeader(headers: OutboundResponse['headers']): string | undefined {
	const version = cleanText(headers.get('x-workflow-version') ?? '').trim();
	return version !== '' && version.length <= MAX_VERSION_LENGTH ? version : undefined;
}

const EMPTY_ANSWER =
	'The webhook returned no text. Check that the workflow reaches its Respond to Webhook node, ' +
	'that this node does not respond with "No Data", and, if the trigger streams, that streaming is on in the AI Agent too.';

export interface N8nSettings {
	url: string;
	auth_header: { name: string; value: string } | null;
	timeouts?: Partial<OutboundTimeouts>;
	/** Maximum size of the answer, in bytes. */
	max_bytes?: number;
}

const RETRY_DELAY_MS = 250;
/** n8n's option "Ignore Bots" (the isbot library) refuses the bare word "Frontdesk". */
const USER_AGENT = 'Frontdesk/1.0 (chat)';

interface WebhookCall extends Pick<N8nSettings, 'url' | 'auth_header'> {
	limits: OutboundTimeouts;
	maxBytes: number;
}

/** Posts the turn. Retries once, only if the first request was never sent, because n8n can't detect duplicates. */
async function callWebhook(
	outbound: Outbound,
	{ url, auth_header, limits, maxBytes }: WebhookCall,
	conversation: Conversation,
	trace: TurnTrace,
): Promise<OutboundResponse> {
	const { signal, is_test } = conversation;
	const deadline = performance.now() + limits.total;
	const body = JSON.stringify(createTurnBody(conversation));
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
			if (trace.retries > 0 || !isSafeToRetry(error)) throw error;
			trace.retries++;
			await pause(RETRY_DELAY_MS, undefined, { signal });
		}
	}
}

const isSafeToRetry = (error: unknown): boolean =>
	error instanceof OutboundError && error.reason === 'unreachable' && !error.isSent;

/** Returns the request body, with some fields repeated under the names of n8n's own chat, for workflows built for that chat. */
function createTurnBody(conversation: Conversation) {
	const { session_id, turn_id, action, message, message_id, site, context } = conversation;
	const { utm_source, utm_medium, utm_campaign, utm_term, utm_content } = context;
	return {
		contract: CONTRACT,
		action,
		session_id,
		message,
		message_id,
		turn_id,
		site: site.key,
		visitor: context,
		...getChatState(conversation),
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

/** The version of the request format; increases when fields are added. */
const CONTRACT = 2;

/** Returns the request fields that describe the chat so far. */
function getChatState(conversation: Conversation) {
	const { channel, is_test, lead, history, site } = conversation;
	const { handoff_missed, business_hours_open, completion_claimed } = conversation;
	const questions = site.questions.map(toWorkflowQuestion);
	const missing = getMissingKeys(conversation);
	const state = { handoff_missed, business_hours_open, completion_claimed };
	return { channel, is_test, lead, questions, missing, history, ...state };
}
