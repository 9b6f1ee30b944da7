import type { ConnectorFault } from '#lib/contract/connector.ts';
import { OutboundError } from '#lib/server/core/outbound/index.ts';
import { isAddressRefusal } from '../connectors/n8n/index.ts';
import type { ConnectorError } from '../connectors/connector.ts';

/** What is known of a trial that failed. */
export interface Failure {
	error: ConnectorError;
	url: string;
	status: number | null;
	headers: Headers | null;
	raw: string;
}

/** Which of the usual faults this is. */
export function faultOf(failure: Failure): ConnectorFault {
	const { error, raw, headers } = failure;
	switch (error.outcome) {
		case 'blocked':
			return 'private_address';
		case 'timeout':
		case 'too_large':
			return error.outcome;
		case 'unreachable':
			return networkFault(codeOf(error));
		case 'unauthorized':
			return isAddressRefusal(raw) ? 'address_not_allowed' : 'wrong_credentials';
		case 'not_registered':
			return registrationFault(failure);
		case 'bad_status':
			return statusFault(failure);
		case 'no_reply_mode':
			return modeFault(raw);
		case 'workflow_error':
			return workflowFault(raw);
		case 'empty':
			// n8n sends the headers of a stream before the workflow runs, and marks them so.
			return raw === '' && headers?.get('cache-control')?.startsWith('no-cache')
				? 'streaming_off_in_agent'
				: 'empty_answer';
		case 'bad_shape':
			return shapeFault(failure);
		case 'ok':
		case 'queue_timeout':
		case 'interrupted':
		case 'dropped':
		case 'internal':
			return 'other';
	}
}

function networkFault(code: string): ConnectorFault {
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
	if (/CERT|TLS|SSL|VERIFY|EPROTO/.test(code)) return 'tls';
	if (/^(ECONNRESET|EPIPE|UND_ERR_)/.test(code)) return 'broken_off';
	return 'refused';
}

function registrationFault({ raw, url }: Failure): ConnectorFault {
	if (raw.includes('Did you mean to make a')) return 'wrong_method';
	const isTest = url.includes('/webhook-test/') || /Execute workflow/i.test(raw);
	if (isTest) return 'test_url';
	// n8n names the webhook in JSON; a page comes from its editor, or from another server.
	return HTML.test(raw.slice(0, 2000)) ? 'not_a_webhook_url' : 'workflow_not_active';
}

/** Some of what n8n calls a failure is how the nodes are set. */
function workflowFault(raw: string): ConnectorFault {
	if (raw.includes('No item to return was found')) return 'no_data';
	return raw.includes('Respond to Webhook node found') ? 'respond_mode' : 'workflow_failed';
}

function statusFault({ error, status }: Failure): ConnectorFault {
	if (error.cause instanceof OutboundError && error.cause.reason === 'redirect') return 'redirect';
	if (status === 429) return 'rate_limited';
	return [502, 503, 504, 524].includes(status ?? 0) ? 'gateway' : 'bad_status';
}

function modeFault(raw: string): ConnectorFault {
	if (raw.includes('executionStarted')) return 'answers_by_chat_nodes';
	const isImmediate = /Workflow was started|Webhook call received/.test(raw);
	return isImmediate ? 'answers_immediately' : 'no_data';
}

/** The beginning of a web page. */
export const HTML = /<(!doctype|html|head|body|title)/i;

function shapeFault({ error, raw }: Failure): ConnectorFault {
	if (error.cause instanceof OutboundError) return 'other';
	return HTML.test(raw.slice(0, 2000)) ? 'html_answer' : 'no_reply_in_answer';
}

/** What the network said, below our own words for it. */
function codeOf({ cause }: ConnectorError): string {
	const origin = cause instanceof OutboundError ? cause.cause : cause;
	return origin instanceof Error && 'code' in origin ? String(origin.code) : '';
}
