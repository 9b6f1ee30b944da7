import type { ConnectorFault } from '#lib/contract/connector.ts';
import { OutboundError } from '#lib/server/core/outbound/index.ts';
import { ConnectorError } from '../connectors/connector.ts';
import { toConnectorError } from '../connectors/failures.ts';
import { isAddressRefusal, isMethodRefusal, createRefusalError } from '../connectors/n8n/index.ts';
import { isAcknowledgement, isN8nImmediateResponse } from '../connectors/reply/check-reply.ts';
import { getRemedy } from './remedies.ts';

/** A call that failed. */
interface FailedCall {
	error: ConnectorError;
	url: string;
	status: number | null;
	headers: Headers | null;
	/** The beginning of the answer's body. */
	raw: string;
}

/** Returns the known fault that made a call fail; `other` if none matches. */
export function classifyFailure(failure: FailedCall): ConnectorFault {
	const { error, raw, headers } = failure;
	switch (error.outcome) {
		case 'blocked':
			return 'private_address';
		case 'timeout':
		case 'too_large':
			return error.outcome;
		case 'unreachable':
			return classifyNetworkCode(getNetworkCode(error));
		case 'unauthorized':
			return isAddressRefusal(raw) ? 'address_not_allowed' : 'wrong_credentials';
		case 'not_registered':
			return classifyUnregisteredWebhook(failure);
		case 'bad_status':
			return classifyStatus(failure);
		case 'no_reply_mode':
			return classifyResponseMode(raw);
		case 'workflow_error':
			return classifyWorkflowError(raw);
		case 'empty':
			// n8n sends a stream's headers, with this cache-control, before the workflow runs.
			return raw === '' && headers?.get('cache-control')?.startsWith('no-cache')
				? 'streaming_off_in_agent'
				: 'empty_answer';
		case 'bad_shape':
			return classifyShape(failure);
		case 'ok':
		case 'queue_timeout':
		case 'interrupted':
		case 'dropped':
		case 'internal':
			return 'other';
	}
}

function classifyNetworkCode(code: string): ConnectorFault {
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
	if (/CERT|TLS|SSL|VERIFY|EPROTO/.test(code)) return 'tls';
	if (/^(ECONNRESET|EPIPE|UND_ERR_)/.test(code)) return 'broken_off';
	return 'refused';
}

function classifyUnregisteredWebhook({ raw, url }: FailedCall): ConnectorFault {
	if (isMethodRefusal(raw)) return 'wrong_method';
	const isTest = url.includes('/webhook-test/') || /Execute workflow/i.test(raw);
	if (isTest) return 'test_url';
	// n8n reports an unknown webhook as JSON; an HTML page comes from its editor or another server.
	return HTML_START.test(raw.slice(0, 2000)) ? 'not_a_webhook_url' : 'workflow_not_active';
}

/** Distinguishes wrong node settings, which n8n also reports as workflow errors, from failures during a run. */
function classifyWorkflowError(raw: string): ConnectorFault {
	if (raw.includes('No item to return was found')) return 'no_data';
	return raw.includes('Respond to Webhook node found') ? 'respond_mode' : 'workflow_failed';
}

function classifyStatus({ error, status, raw }: FailedCall): ConnectorFault {
	if (error.cause instanceof OutboundError && error.cause.reason === 'redirect') return 'redirect';
	if (status === 429) return 'rate_limited';
	if (status === 405) return 'wrong_method';
	// Cloudflare uses 520 to 530; 524 is its timeout.
	const isGateway = [502, 503, 504].includes(status ?? 0) || /ERR_NGROK_/.test(raw);
	return isGateway || (status !== null && status >= 520 && status <= 530)
		? 'gateway'
		: 'bad_status';
}

function classifyResponseMode(raw: string): ConnectorFault {
	if (raw.includes('executionStarted')) return 'answers_by_chat_nodes';
	return isAcknowledgement(raw) ? 'answers_immediately' : 'no_data';
}

/** Matches a tag that occurs at the beginning of an HTML page. */
const HTML_START = /<(!doctype|html|head|body|title)/i;

function classifyShape({ error, raw }: FailedCall): ConnectorFault {
	if (error.cause instanceof OutboundError) return 'other';
	return HTML_START.test(raw.slice(0, 2000)) ? 'html_answer' : 'no_reply_in_answer';
}

/** Returns the code of the underlying network error, such as `ECONNRESET`; an empty string if there is none. */
function getNetworkCode({ cause }: ConnectorError): string {
	const origin = cause instanceof OutboundError ? cause.cause : cause;
	return origin instanceof Error && 'code' in origin ? String(origin.code) : '';
}

/** How an endpoint answered a delivery. */
interface DeliveryAnswer {
	url: string;
	/** Null without a response. */
	status: number | null;
	/** The beginning of the body. */
	body: string;
	/** The error that interrupted the call. */
	cause?: unknown;
}

interface DeliveryFault {
	fault: ConnectorFault;
	title: string;
	remedy: string;
}

/** Returns the fault that an endpoint's response reveals, with its remedy; null if the delivery was accepted. */
export function findDeliveryFault(answer: DeliveryAnswer): DeliveryFault | null {
	const fault = classifyDelivery(answer);
	if (!fault) return null;
	const [title, remedy] = getRemedy(fault, 'delivery');
	return { fault, title, remedy };
}

function classifyDelivery({ url, status, body, cause }: DeliveryAnswer): ConnectorFault | null {
	const call = { url, status, headers: null, raw: body };
	if (status !== null && status >= 200 && status < 300) {
		if (HTML_START.test(body.slice(0, 2000))) return 'html_answer';
		if (!isN8nImmediateResponse(body) && !/"executionStarted":\s*true/.test(body)) return null;
		return classifyFailure({ ...call, error: new ConnectorError('no_reply_mode', body) });
	}
	const error =
		status === null || cause !== undefined
			? toConnectorError(cause, '', { retries: 0 }, { name: 'The endpoint', remedies: {} })
			: createRefusalError(status, body, url);
	return error.outcome === 'internal' ? 'other' : classifyFailure({ ...call, error });
}
