import { OutboundError, type OutboundResponse } from '#lib/server/core/outbound/index.ts';
import { ConnectorError, type TurnOutcome } from '../connector.ts';
import { isObject } from '../reply/side-fields.ts';

/** What is said of a call that failed on its way. */
export const WEBHOOK = {
	name: 'The AI webhook',
	remedies: {
		timeout:
			' Let the workflow stream, or make it faster; its executions in n8n show what took long.',
		unreachable: ' Check that n8n is running and that the URL is right.',
		too_large: ' Let the workflow answer with the reply alone.',
	},
};

/** Bytes of a refusal that are read to say why. */
const REFUSAL_BYTES = 16 * 1024;

/** The failure that a status other than 2xx stands for, with its remedy. */
export async function refusal(response: OutboundResponse, url: string): Promise<ConnectorError> {
	return refusalOf(response.status, await startOf(response), url);
}

/** The same of a body that has been read. */
export function refusalOf(status: number, body: string, url: string): ConnectorError {
	const said = sayingOf(body);
	const [outcome, remedy] = explain(status, said, url);
	const quote = said === '' ? '' : ` It said: "${said}"`;
	return new ConnectorError(outcome, `${remedy} (Status ${status}.${quote})`);
}

function explain(status: number, said: string, url: string): [TurnOutcome, string] {
	if (status === 401 || status === 403) return ['unauthorized', whyUnauthorized(said)];
	if (status === 404) return ['not_registered', whyNotRegistered(said, url)];
	if (status === 429) return ['bad_status', 'The webhook gets more calls than it allows.'];
	if (status === 502 || status === 503 || status === 504 || status === 524) {
		return ['bad_status', 'What stands in front of the workflow got no answer from it in time.'];
	}
	const known = WORKFLOW_ERRORS.find(([text]) => said.startsWith(text));
	if (known) return ['workflow_error', known[1]];
	return ['bad_status', 'The webhook refused the call.'];
}

const WORKFLOW_ERRORS: [string, string][] = [
	['Error in workflow', 'The workflow failed: see its last execution in n8n.'],
	['No item to return was found', 'The last node of the workflow gave no item to answer with.'],
	[
		'No Respond to Webhook node found',
		'The Webhook node waits for a Respond to Webhook node, and the workflow has none.',
	],
	[
		'Unused Respond to Webhook node found',
		'The workflow has a Respond to Webhook node, but its Webhook node does not respond by it.',
	],
	['The execution was cancelled', "The workflow ran longer than n8n's time limit for it."],
	['There was a problem executing', 'n8n could not run the workflow.'],
];

/**
 * Whether a refusal comes from a Webhook node's list of addresses: n8n 2 says "IP is not allowed to access the
 * webhook!", n8n 1 "IP is not whitelisted to access the webhook!".
 */
export const isAddressRefusal = (said: string): boolean =>
	/\bIP is not (allowed|whitelisted)|whitelist|allowlist/i.test(said);

function whyUnauthorized(said: string): string {
	return isAddressRefusal(said)
		? "The Webhook node's list of allowed addresses does not have this server's."
		: "The webhook did not accept the credentials: compare the header's name and value in the site's settings with the Header Auth credential of the Webhook node.";
}

function whyNotRegistered(said: string, url: string): string {
	if (said.includes('Did you mean to make a')) {
		return 'The Webhook node does not take POST: set its HTTP method to POST.';
	}
	if (url.includes('/webhook-test/')) {
		return 'This is the test URL of the webhook, which answers only while the editor listens: publish the workflow and use its production URL (/webhook/…).';
	}
	return "The workflow is not active, or the URL is wrong or a test URL: publish the workflow and copy the production URL of its Webhook node, which has /webhook/ in it. A Chat Trigger's URL ends with /chat.";
}

/** What a refusal says for people: n8n's `message`, or a short text; not a page. */
function sayingOf(text: string): string {
	let said = text;
	try {
		const body: unknown = JSON.parse(text);
		if (isObject(body) && typeof body.message === 'string') said = body.message;
	} catch {
		if (/^\s*</.test(text)) return '';
	}
	return said.slice(0, 200).replace(/\s+/g, ' ').trim();
}

async function startOf({ body }: OutboundResponse): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	try {
		for await (const piece of body) {
			text += decoder.decode(piece, { stream: true });
			if (text.length >= REFUSAL_BYTES) break;
		}
	} catch (error) {
		// The status alone says enough; only giving up is something else.
		if (error instanceof OutboundError && error.reason === 'aborted') throw error;
	}
	return text;
}
