import type { Outbound } from '#lib/server/core/outbound/index.ts';
import { type Connector, ConnectorError, type Outcome } from '../connector.ts';
import { Answer } from '../reply/answer.ts';
import { AnswerReader } from './answer-reader.ts';
import { callWebhook, type N8nSettings } from './call.ts';
import { toConnectorError } from '../failures.ts';
import { refusal, WEBHOOK } from './failures.ts';

const TIMEOUTS = { firstByte: 60_000, idle: 25_000, total: 120_000 };
const MAX_BYTES = 1024 * 1024;

/** Makes the connector of one site's n8n webhook, or of any HTTP endpoint that answers like one. */
export function createN8nConnector(
	{ url, auth_header, timeouts, max_bytes }: N8nSettings,
	{ outbound }: { outbound: Outbound },
): Connector {
	const limits = { ...TIMEOUTS, ...timeouts };
	const maxBytes = max_bytes ?? MAX_BYTES;
	return async function* (conversation, trace) {
		const answer = new Answer();
		try {
			const call = { url, auth_header, limits, maxBytes };
			const response = await callWebhook(outbound, call, conversation, trace);
			trace.http_status = response.status;
			if (response.status < 200 || response.status > 299) throw await refusal(response, url);
			const contentType = response.headers.get('content-type') ?? '';
			const reader = new AnswerReader(answer, contentType, conversation.message);
			const decoder = decoderFor(contentType);
			for await (const bytes of response.body) {
				reader.push(decoder.decode(bytes, { stream: true }));
				yield* answer.take();
				if (reader.isDone) break;
			}
			reader.push(decoder.decode());
			reader.end();
			yield* answer.take();
			return outcomeOf(answer);
		} catch (error) {
			throw toConnectorError(error, answer.text, trace, WEBHOOK);
		} finally {
			trace.shape = answer.shape;
			trace.execution_id = answer.fields.execution_id;
		}
	};
}

function outcomeOf({ text, fields: { lead, completed, quick_replies } }: Answer): Outcome {
	if (text === '') throw new ConnectorError('empty', EMPTY);
	return { text, lead, completed, quick_replies };
}

const EMPTY =
	'The webhook answered without any text. Check that the workflow reaches its Respond to Webhook node, ' +
	'that the node does not answer "No Data", and, if the trigger streams, that streaming is on in the AI Agent too.';

/** By the declared charset; n8n and most others mean UTF-8 and say so or nothing. */
function decoderFor(contentType: string): TextDecoder {
	const label = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1];
	try {
		return new TextDecoder(label);
	} catch {
		return new TextDecoder();
	}
}
