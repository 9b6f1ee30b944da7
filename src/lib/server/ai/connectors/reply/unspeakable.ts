import { ConnectorError } from '../connector.ts';

/** n8n's own words about a run, which are no answer to a visitor. */
const STATUS_TEXTS = [
	'Workflow was started',
	'Webhook call received',
	'Workflow executed successfully but no data was returned',
	'Workflow executed successfully but the last node did not return any data',
];
const WORKFLOW_FAILED = 'Error in workflow';
/** What a workflow writes when a value is missing or was put in as it is. */
const SLIPS = [
	'null',
	'undefined',
	'true',
	'false',
	'NaN',
	'[object Object]',
	'{}',
	'[]',
	'""',
	'[undefined]',
];
/** Beginnings of what agents, parsers and nodes say about themselves when they fail: no model talks to a visitor like this. */
const FAILURES = [
	// LangChain's agents, as n8n, Flowise and CrewAI run them.
	'Agent stopped due to',
	'Max iterations reached',
	'Max iterations (',
	'Stopped: Maximum iterations',
	'Sorry, need more steps to process this request',
	'Recursion limit of',
	'Could not parse LLM output',
	'Could not parse tool input',
	'An output parsing error occurred',
	'Failed to parse. Text:',
	'Failed to parse "',
	'Invalid or incomplete response',
	'Invalid Format: Missing',
	'_Exception',
	"Model output doesn't fit required format",
	'Received tool input did not match expected schema',
	'No response from model',
	'No response from the model',
	'Error: ',
	'Unexpected token ',
	'The AI model returned an empty response',
	'Traceback (most recent call last)',
	// n8n's nodes, when they go on after an error.
	'Problem in node',
	'Problem running workflow',
	'Bad request - please check your parameters',
	'Authorization failed - please check your credentials',
	'Forbidden - perhaps check your credentials',
	'The resource you are requesting could not be found',
	'The service was not able to process your request',
	'The service is receiving too many requests from you',
	'The service refused the connection',
	'The connection was aborted, perhaps the server is offline',
	'The connection cannot be established',
	'Gateway timed out',
	'Insufficient quota detected',
	'No prompt specified',
	'No data found for item-index',
	'No item to return was found',
	'No Respond to Webhook node found',
	'Unused Respond to Webhook node found',
	'The execution was cancelled',
	'There was a problem executing',
	'Internal Server Error',
	'Request timed out.',
	'Request failed with status code',
];
/** What tells such a text by words further on. */
const FAILURE =
	/^(?:[A-Z]\w{1,40})?(?:Error|Exception)(?: \[\w+\])?: |^i don'?t know how to\b.*\bpars(?:e|ing)\b|OUTPUT_PARSING_FAILURE|could not parse LLM output|langchain\.com\/docs\/troubleshooting/i;
const WHOLE_TEXTS = [...STATUS_TEXTS, WORKFLOW_FAILED, ...SLIPS];
const LOWER_FAILURES = FAILURES.map((text) => text.toLowerCase());

const HTML = /^<(?:!doctype|html|head|body|title|meta|script|center|\?xml|!--)/i;
/** The longest beginning that HTML is known by. */
const HTML_START = 10;
/** Control characters, and what stands for bytes that are no UTF-8. */
// eslint-disable-next-line no-control-regex
const NO_TEXT = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g;
/** As many of these, and as large a share, is no text with a slip but something else. */
const NO_TEXT_COUNT = 4;
const NO_TEXT_SHARE = 0.3;

/** Whether a text that begins like this may still turn out to be one that must not be shown, or JSON. */
export function mayTurnOut(start: string): boolean {
	if (start.startsWith('<')) return start.length < HTML_START && !HTML.test(start);
	if (start === '[' || start === '`' || start === '``') return true;
	const begun = start.trimEnd().toLowerCase();
	return (
		WHOLE_TEXTS.some((text) => text.toLowerCase().startsWith(begun.replace(/[.!]$/, ''))) ||
		LOWER_FAILURES.some((text) => text.startsWith(begun))
	);
}

/** Throws ConnectorError for a text that is no answer to a visitor. */
export function checkSpeakable(text: string): void {
	const bare = text.replace(/[.!]$/, '');
	if (bare === WORKFLOW_FAILED) {
		throw new ConnectorError(
			'workflow_error',
			'The workflow failed: see its last execution in n8n.',
		);
	}
	if (STATUS_TEXTS.includes(bare)) {
		throw new ConnectorError(
			'no_reply_mode',
			`The webhook answered "${text}" in place of a reply: set the response mode of its trigger to "When Last Node Finishes", "Using Respond to Webhook Node" or "Streaming", and let the last node give the reply.`,
		);
	}
	if (SLIPS.includes(text) || /^(?:\[object Object\][,\s]*)+$/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			`The webhook answered "${text.slice(0, 40)}": an expression of the workflow gives no text.`,
		);
	}
	checkBeginning(text);
	if (/^=?\s*\{\{/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			'The webhook answered with an expression in place of its value: switch the field to "Expression".',
		);
	}
	if (/^[[{]\s*["'[\]{}]/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			'The answer begins like JSON but is none: it is broken off, or not escaped with JSON.stringify.',
		);
	}
}

/** Throws ConnectorError when the beginning shows that this is no text for people. */
export function checkBeginning(start: string): void {
	if (HTML.test(start)) {
		throw new ConnectorError(
			'bad_shape',
			'The webhook answered with an HTML page: the URL leads to a site, a sign-in page or a proxy, not to the workflow.',
		);
	}
	const begun = start.toLowerCase();
	if (
		LOWER_FAILURES.some((text) => begun.startsWith(text)) ||
		FAILURE.test(start) ||
		isToolCall(start)
	) {
		throw new ConnectorError(
			'workflow_error',
			`The AI or a node of the workflow failed and said so in place of a reply: "${start.slice(0, 200)}"`,
		);
	}
	const sample = start.slice(0, 1000);
	const count = sample.match(NO_TEXT)?.length ?? 0;
	if (count >= NO_TEXT_COUNT && count > sample.length * NO_TEXT_SHARE) {
		throw new ConnectorError('bad_shape', 'The webhook answered with bytes that are no text.');
	}
}

/** How n8n's memory names a call of a tool. */
const isToolCall = (text: string): boolean => /^Calling .{1,80} with input: \{/.test(text);
