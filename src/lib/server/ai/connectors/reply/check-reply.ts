import { ConnectorError } from '../connector.ts';
import { isObject } from './side-fields.ts';

/** n8n's responses if it responds before the workflow has run. */
const STARTED_TEXTS = [
	'Workflow was started',
	// Earlier versions of n8n.
	'Workflow got started',
	'Webhook call received',
];
/** Status messages about a run. */
const STATUS_TEXTS = [
	...STARTED_TEXTS,
	// Make's response if the scenario has no Webhook response module.
	'Accepted',
	// The workflow ended without reaching its Respond to Webhook node.
	'Workflow executed successfully',
	'Workflow executed successfully but no data was returned',
	'Workflow executed successfully but the last node did not return any data',
];
/** Default responses of Pipedream and IFTTT. */
const STATUS_PATTERN =
	/\bTo customize this response, check out our docs\b|^\s*Congratulations! You've fired the .{1,100} event\s*$/;
const WORKFLOW_FAILED = 'Error in workflow';
/** Results of workflow expressions without a text value. */
const MISSING_VALUES = [
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
/** Error messages that gateways send as plain text or as `message`. */
const GATEWAY_ERRORS = [
	...['Unauthorized', 'Forbidden', 'Not Found', 'Bad Gateway', 'Service Unavailable'],
	...['Gateway Timeout', 'Too Many Requests', 'Method Not Allowed', 'Bad Request'],
	...['Missing Authentication Token', 'no Route matched with those values', 'Connection error'],
	...['Service Temporarily Unavailable', 'Invalid authentication credentials'],
];
/** Prefixes of error messages from agents, parsers and nodes. No model would start a reply to a visitor with one. */
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
	'Cannot read properties of ',
	'Referenced node ',
	'[ERROR: ',
	'[No execution data',
	"Can't get data for expression",
	'The AI model returned an empty response',
	'Traceback (most recent call last)',
	// n8n's answer, with status 200, until its database is migrated.
	'n8n is starting up',
	// n8n's nodes that continue after an error.
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
	// Model providers, whose errors reach the reply if a node continues after an error.
	'You exceeded your current quota',
	'[GoogleGenerativeAI Error]',
	'Got unexpected error',
	'The response was filtered due to the prompt triggering',
	"This model's maximum context length is",
	'Incorrect API key provided',
	'Rate limit reached for ',
	'Your credit balance is too low to access',
	'The model is overloaded. Please try again later',
	// Proxies and gateways in front of the workflow.
	'ERR_NGROK_',
	'error code: 10',
	'error code: 52',
	'upstream connect error or disconnect',
	'upstream request timeout',
	'no healthy upstream',
	'stream timeout',
	'Endpoint request timed out',
];
/** Matches other error messages. */
const FAILURE_PATTERN =
	/^(?:\d{3} )?(?:[a-z]\w{0,40}\.)*(?:[A-Z]\w{1,40})?(?:Error|Exception)(?: \[\w+\])?: |^(?:Error code: |HTTP(?: Error)? )?[45]\d\d(?: -)? (?:You exceeded|status code|Client Error|Server Error|Unauthorized|Forbidden|Not Found|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out|\[?\{["'])|^The model `[^`]+` does not exist|^i don'?t know how to\b.*\bpars(?:e|ing)\b|OUTPUT_PARSING_FAILURE|could not parse LLM output|langchain\.com\/docs\/troubleshooting/i;
const REJECTED_TEXTS = [...STATUS_TEXTS, WORKFLOW_FAILED, ...GATEWAY_ERRORS, ...MISSING_VALUES];
const LOWER_FAILURES = FAILURES.map((text) => text.toLowerCase());

/** Matches the ID of a job that was started, which Windmill and others return instead of waiting for its result. */
const JOB_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

const HTML = /^<(?:!doctype|html|head|body|title|meta|script|center|\?xml|!--)/i;
/** The number of characters that suffice to recognize HTML. */
const HTML_START_LENGTH = 10;
/** Control characters, and the replacement character of invalid UTF-8. */
// oxlint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g;
/** Above both limits, a text is binary data rather than text with encoding errors. */
const MIN_BINARY_COUNT = 4;
const MIN_BINARY_SHARE = 0.3;
/** A file as text, such as audio or an image: a data URL, or base64 longer than any word. */
const BASE64 =
	/^data:[\w.+-]{1,40}\/[\w.+-]{1,80};base64,|^(?=\S{0,100}[A-Z])(?=\S{0,100}[a-z])(?=\S{0,200}\d)[A-Za-z\d+/]{400}/;
const BINARY_TYPE = /^\s*(?:(?:audio|font|image|video)\/|application\/(?:pdf|zip|gzip|ogg)\b)/i;
const BINARY_ERROR = new ConnectorError(
	'bad_shape',
	'The webhook returned binary data, such as a file, instead of text.',
);

/** Returns whether a body contains n8n's response before the workflow has run. */
export const isN8nImmediateResponse = (body: string): boolean =>
	STARTED_TEXTS.some((text) => body.includes(text));

/** Returns whether a body only acknowledges a call, as several platforms do before their workflow has run. */
export const isAcknowledgement = (body: string): boolean =>
	isN8nImmediateResponse(body) || /^\s*"?Accepted\b/.test(body) || STATUS_PATTERN.test(body);

/** Throws ConnectorError if a body is declared as a file, such as audio. */
export function checkContentType(contentType: string): void {
	if (BINARY_TYPE.test(contentType)) throw BINARY_ERROR;
}

/** Returns whether a text that starts like this may still turn out to be JSON or something other than a reply. */
export function isUndecided(start: string): boolean {
	if (start.startsWith('<')) return start.length < HTML_START_LENGTH && !HTML.test(start);
	if (start === '[' || start === '`' || start === '``') return true;
	const lower = start.trimEnd().toLowerCase();
	return (
		REJECTED_TEXTS.some((text) => text.toLowerCase().startsWith(lower.replace(/[.!]$/, ''))) ||
		LOWER_FAILURES.some((text) => text.startsWith(lower))
	);
}

/** Throws ConnectorError if a text isn't a reply to a visitor. */
export function checkReply(text: string): void {
	const bare = text.replace(/[.!]$/, '');
	if (bare === WORKFLOW_FAILED) {
		throw new ConnectorError(
			'workflow_error',
			'The workflow failed: see its last execution in n8n.',
		);
	}
	if (GATEWAY_ERRORS.includes(bare)) throw createReportedError(text);
	if (STATUS_TEXTS.includes(bare) || STATUS_PATTERN.test(bare)) {
		throw new ConnectorError(
			'no_reply_mode',
			`The webhook returned "${text}" instead of a reply. Set the response mode of its trigger to "When Last Node Finishes", "Using Respond to Webhook Node" or "Streaming", and make the last node return the reply.`,
		);
	}
	if (JOB_ID.test(text)) {
		throw new ConnectorError(
			'no_reply_mode',
			'The webhook returned a job ID instead of a reply. Use a URL that waits for the result.',
		);
	}
	if (MISSING_VALUES.includes(text) || /^(?:\[object Object\][,\s]*)+$/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			`The webhook returned "${text.slice(0, 40)}": an expression in the workflow has no text value.`,
		);
	}
	checkReplyStart(text);
	if (/^=?\s*\{\{/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			'The webhook returned an expression instead of its value. In n8n, switch the field to "Expression".',
		);
	}
	if (/^[[{]\s*["'[\]{}]/.test(text)) {
		throw new ConnectorError(
			'bad_shape',
			'The answer starts like JSON but is invalid: it is cut off, or not escaped with JSON.stringify.',
		);
	}
}

/** Throws ConnectorError if the beginning of a text shows that it isn't a reply. */
export function checkReplyStart(start: string): void {
	if (HTML.test(start)) {
		throw new ConnectorError(
			'bad_shape',
			'The webhook returned an HTML page. The URL leads to a website, a sign-in page or a proxy, not to the workflow.',
		);
	}
	const lower = start.toLowerCase();
	if (
		LOWER_FAILURES.some((text) => lower.startsWith(text)) ||
		FAILURE_PATTERN.test(start) ||
		isToolCall(start)
	) {
		throw createReportedError(start);
	}
	const sample = start.slice(0, 1000);
	const count = sample.match(BINARY)?.length ?? 0;
	const isBinary = count >= MIN_BINARY_COUNT && count > sample.length * MIN_BINARY_SHARE;
	if (isBinary || BASE64.test(start)) throw BINARY_ERROR;
}

const createReportedError = (text: string): ConnectorError =>
	new ConnectorError(
		'workflow_error',
		`The AI or a node of the workflow failed and reported it instead of a reply: "${text.slice(0, 200)}"`,
	);

/** Returns whether a text is a tool call as ReAct agents or Gemini write it. */
const isToolCall = (text: string): boolean =>
	/^(?:Action: .{1,80}\nAction Input:|print\(default_api\.)/.test(text);

/** Fields of Frontdesk's request. An object that contains the visitor's message and two of these fields is a copy of the request. */
export const REQUEST_FIELDS = [
	...['contract', 'action', 'session_id', 'message_id', 'turn_id', 'site', 'channel', 'visitor'],
	...['is_test', 'questions', 'missing', 'history', 'handoff_missed', 'business_hours_open'],
	...['completion_claimed', 'sessionId', 'chatInput', 'metadata'],
];
/** A reply may repeat shorter messages by chance: "Yes", "Good morning!", "Thank you". */
const MIN_ECHO_LENGTH = 16;
const MIN_ECHO_WORDS = 4;

const ECHO_ERROR = new ConnectorError(
	'bad_shape',
	"The answer repeats the visitor's message: the last node passes on the webhook's item. Put the node with the AI's reply last, or answer with a Respond to Webhook node.",
);

/** Returns whether an object is the item that n8n's Webhook node creates from a request, with any fields added later. */
export function isWebhookItem(object: Record<string, unknown>): boolean {
	if (!isObject(object.headers) || !('body' in object) || 'statusCode' in object) return false;
	return (
		'webhookUrl' in object || 'executionMode' in object || ('params' in object && 'query' in object)
	);
}

/** Returns whether a field only echoes the visitor's message, in a copy of Frontdesk's request. */
export const isEchoField = (
	object: Record<string, unknown>,
	value: unknown,
	visitorMessage: string,
): boolean =>
	typeof value === 'string' &&
	value.trim() === visitorMessage.trim() &&
	REQUEST_FIELDS.filter((name) => Object.hasOwn(object, name)).length >= 2;

/** Returns whether a message is long enough that an identical reply can only be an echo. */
export const isDistinctive = (visitorMessage: string): boolean => {
	const trimmed = visitorMessage.trim();
	return trimmed.length >= MIN_ECHO_LENGTH || trimmed.split(/\s+/).length >= MIN_ECHO_WORDS;
};

/** Throws ConnectorError if a reply is identical to a distinctive message from the visitor. */
export function rejectEcho(text: string, visitorMessage: string): void {
	if (isDistinctive(visitorMessage) && text.trim() === visitorMessage.trim()) throw ECHO_ERROR;
}
