import { ConnectorError } from '../connector.ts';
import { isObject } from './side-fields.ts';

/** Names that our request has; two of them beside the visitor's words make an object a copy of it. */
const OUR_NAMES = [
	'action',
	'session_id',
	'message_id',
	'turn_id',
	'site',
	'visitor',
	'sessionId',
	'chatInput',
	'metadata',
];
/** Shorter words may well be said by both: "Yes", "Good morning!", "Thank you". */
const MIN_LENGTH = 16;
const MIN_WORDS = 4;

const REPEATED = new ConnectorError(
	'bad_shape',
	"The answer repeats the visitor's own words: the last node passes the webhook's item on. Let the node that has the AI's reply come last, or answer with a Respond to Webhook node.",
);

/** Whether an object is the item that n8n's Webhook node makes of a request, with whatever later nodes added. */
export function isWebhookItem(object: Record<string, unknown>): boolean {
	if (!isObject(object.headers) || !('body' in object) || 'statusCode' in object) return false;
	return (
		'webhookUrl' in object || 'executionMode' in object || ('params' in object && 'query' in object)
	);
}

/** Whether a field only gives the visitor's words back, in a copy of our request. */
export const isEchoField = (
	object: Record<string, unknown>,
	value: unknown,
	heard: string,
): boolean =>
	typeof value === 'string' &&
	value.trim() === heard.trim() &&
	OUR_NAMES.filter((name) => Object.hasOwn(object, name)).length >= 2;

/** Whether words are long enough that only an echo says exactly the same. */
export const isTelling = (heard: string): boolean => {
	const words = heard.trim();
	return words.length >= MIN_LENGTH || words.split(/\s+/).length >= MIN_WORDS;
};

/** Throws ConnectorError when a reply is what the visitor wrote. */
export function refuseEcho(text: string, heard: string): void {
	if (isTelling(heard) && text.trim() === heard.trim()) throw REPEATED;
}
