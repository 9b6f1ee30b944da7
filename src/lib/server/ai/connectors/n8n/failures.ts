import type { OutboundResponse } from '#lib/server/core/outbound/index.ts';
import { tryParseJson } from '#lib/server/core/parse.ts';
import type { ConnectorError, TurnOutcome } from '../connector.ts';
import { createStatusError, readRefusal } from '../failures.ts';
import { findFailureReason } from '../reply/reported-failure.ts';
import { isObject } from '../reply/side-fields.ts';

/** The webhook's name in error messages, and remedies for connection errors. */
export const WEBHOOK = {
	name: 'The AI webhook',
	remedies: {
		timeout:
			' Turn on streaming or speed up the workflow. Its executions in n8n show the slow node.',
		unreachable: ' Check that n8n is running and that the URL is right.',
		too_large: ' Make the workflow return only the reply.',
	},
};

/** Reads a response with a status other than 2xx and returns the failure, with its remedy. */
export async function readRefusalError(
	response: OutboundResponse,
	url: string,
): Promise<ConnectorError> {
	return createRefusalError(response.status, await readRefusal(response), url);
}

/** Returns the failure for a status other than 2xx and its body, with a remedy. */
export function createRefusalError(status: number, body: string, url: string): ConnectorError {
	const reason = readReason(body);
	const cause = findRemedy(status, body) ?? explain(status, reason, url);
	return createStatusError('The webhook', { status, reason }, cause);
}

const ANY_BODY = /(?:)/;
/** Refusals by n8n or a proxy in front of it, recognized by status and body, which is often an HTML page. */
const KNOWN_REFUSALS: [hasStatus: (status: number) => boolean, body: RegExp, remedy: string][] = [
	[() => true, /ERR_NGROK_/, 'The ngrok tunnel to n8n is not running.'],
	[
		(status) => status === 530,
		/\b1033\b|tunnel/i,
		'The Cloudflare tunnel to n8n is not running: start cloudflared.',
	],
	[
		(status) => status >= 520 && status <= 530 && status !== 524,
		ANY_BODY,
		'Cloudflare cannot reach n8n: check that n8n and its web server are running.',
	],
	[
		(status) => status === 403 || status === 503 || status === 429,
		/just a moment|attention required|cf-chl|challenge-platform|captcha/i,
		"A bot protection in front of n8n blocks the call: allow this server's address there.",
	],
	[
		(status) => status === 400,
		/plain HTTP request was sent to HTTPS port/i,
		'The server expects https: use a URL that starts with https://.',
	],
	[
		(status) => status === 503,
		/n8n is starting up|database is not ready/i,
		'n8n is still starting. Try again in a minute.',
	],
	[
		(status) => status === 402,
		ANY_BODY,
		"The executions of your n8n plan are used up: see the plan's usage in n8n.",
	],
	[
		(status) => status === 413,
		ANY_BODY,
		'The request is too large for n8n or a proxy: raise N8N_PAYLOAD_SIZE_MAX, or client_max_body_size in nginx.',
	],
	[
		(status) => status === 405,
		ANY_BODY,
		'The URL does not accept POST: copy the production URL of the Webhook node.',
	],
];

function findRemedy(status: number, body: string): [TurnOutcome, string] | undefined {
	const remedy = KNOWN_REFUSALS.find(
		([hasStatus, text]) => hasStatus(status) && text.test(body),
	)?.[2];
	return remedy === undefined ? undefined : ['bad_status', remedy];
}

function explain(status: number, reason: string, url: string): [TurnOutcome, string] | undefined {
	if (status === 401 || status === 403) return ['unauthorized', explainUnauthorized(reason)];
	if (status === 404) return ['not_registered', explainNotRegistered(reason, url)];
	if (status === 429) return ['bad_status', 'The webhook limits the rate of calls.'];
	if (status === 502 || status === 503 || status === 504 || status === 524) {
		return ['bad_status', 'The proxy in front of the workflow got no answer in time.'];
	}
	const known = WORKFLOW_ERRORS.find(([text]) => reason.startsWith(text));
	return known && ['workflow_error', known[1]];
}

const WORKFLOW_ERRORS: [string, string][] = [
	['Error in workflow', 'The workflow failed: see its last execution in n8n.'],
	['No item to return was found', 'The last node of the workflow returned no item to answer with.'],
	[
		'No Respond to Webhook node found',
		'The Webhook node waits for a Respond to Webhook node, and the workflow has none.',
	],
	[
		'Unused Respond to Webhook node found',
		'The workflow has a Respond to Webhook node, but its Webhook node does not respond through it.',
	],
	['The execution was cancelled', "The workflow ran longer than n8n's time limit for it."],
	['There was a problem executing', 'n8n could not run the workflow.'],
	[
		'Workflow Webhook Error',
		'n8n could not start the workflow: open it in the editor, which marks the node that is not set up.',
	],
];

/**
 * Returns whether a refusal comes from the IP list of a Webhook node. n8n 2 answers "IP is not allowed to access the
 * webhook!", n8n 1 "IP is not whitelisted to access the webhook!".
 */
export const isAddressRefusal = (reason: string): boolean =>
	/\bIP is not (allowed|whitelisted)|whitelist|allowlist/i.test(reason);

/**
 * Returns whether a refusal means that the webhook doesn't accept POST. Right after a workflow is published, n8n may answer
 * "not registered for POST requests. Did you mean to make a POST request?", which only means that it isn't ready yet.
 */
export const isMethodRefusal = (reason: string): boolean =>
	/Did you mean to make a (?![^?]*\bPOST\b)/.test(reason);

function explainUnauthorized(reason: string): string {
	return isAddressRefusal(reason)
		? "The Webhook node's list of allowed addresses does not include this server."
		: "The webhook rejected the credentials: compare the header's name and value in the site's settings with the Header Auth credential of the Webhook node.";
}

function explainNotRegistered(reason: string, url: string): string {
	if (isMethodRefusal(reason)) {
		return 'The Webhook node does not accept POST: set its HTTP method to POST.';
	}
	if (url.includes('/webhook-test/')) {
		return 'This is the test URL of the webhook, which answers only while the editor listens: publish the workflow and use its production URL (/webhook/…).';
	}
	return "The workflow is not active, or the URL is wrong or a test URL: publish the workflow and copy the production URL of its Webhook node, which contains /webhook/. A Chat Trigger's URL ends with /chat.";
}

/** Returns the reason that a refusal's body gives: a JSON message, or the beginning of a text; empty for an HTML page. */
function readReason(text: string): string {
	if (/^\s*</.test(text)) return '';
	const [body] = [tryParseJson(text)].flat();
	const reason = isObject(body)
		? (body.message ?? findFailureReason({ error: body.error, ...body }))
		: text;
	return (typeof reason === 'string' ? reason : text).slice(0, 200).replace(/\s+/g, ' ').trim();
}
