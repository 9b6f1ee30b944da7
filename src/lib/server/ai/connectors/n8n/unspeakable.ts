import { ConnectorError } from '../connector';

/** n8n's own words about a run, which are no answer to a visitor. */
const STATUS_TEXTS = [
	'Workflow was started',
	'Webhook call received',
	'Workflow executed successfully but no data was returned',
	'Workflow executed successfully but the last node did not return any data',
];
const WORKFLOW_FAILED = 'Error in workflow';
/** What a workflow writes when a value is missing or was put in as it is. */
const SLIPS = ['null', 'undefined', 'true', 'false', 'NaN', '[object Object]'];
const WHOLE_TEXTS = [...STATUS_TEXTS, WORKFLOW_FAILED, ...SLIPS];

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
	return WHOLE_TEXTS.some((text) => text.startsWith(start.trimEnd()));
}

/** Throws ConnectorError for a text that is no answer to a visitor. */
export function checkSpeakable(text: string): void {
	if (text === WORKFLOW_FAILED) {
		throw new ConnectorError(
			'workflow_error',
			'The workflow failed: see its last execution in n8n.',
		);
	}
	if (STATUS_TEXTS.includes(text)) {
		throw new ConnectorError(
			'no_reply_mode',
			`The webhook answered "${text}" in place of a reply: set the response mode of its trigger to "When Last Node Finishes", "Using Respond to Webhook Node" or "Streaming", and let the last node give the reply.`,
		);
	}
	if (SLIPS.includes(text)) {
		throw new ConnectorError(
			'bad_shape',
			`The webhook answered "${text}": an expression of the workflow gives no text.`,
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
	const sample = start.slice(0, 1000);
	const count = sample.match(NO_TEXT)?.length ?? 0;
	if (count >= NO_TEXT_COUNT && count > sample.length * NO_TEXT_SHARE) {
		throw new ConnectorError('bad_shape', 'The webhook answered with bytes that are no text.');
	}
}
