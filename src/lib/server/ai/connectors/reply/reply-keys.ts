export const REPLY_KEYS = [
	...['output', 'reply', 'text', 'response', 'answer', 'message', 'content'],
	...[
		'output_text',
		'outputText',
		'fulfillmentText',
		'completion',
		'generated_text',
		'final_answer',
		'merged_response',
		'refusal',
	],
	...['textResponse', 'markdown', 'raw', 'result', 'speech'],
];
export const NESTED_KEYS = [
	...REPLY_KEYS,
	...['data', 'body', 'json', 'choices', 'candidates', 'parts', 'kwargs', 'payload', 'results'],
	...['generations', 'outputs', 'messages', 'replies', 'responses', 'activities', 'queryResult'],
	...['responseMessages', 'fulfillmentMessages', 'generic', 'trace', 'predictions', 'fulfillment'],
	...['artifacts', 'artifact', 'status', 'richText', 'children', 'alternatives', 'outputSpeech'],
	...['blocks', '_content', 'values'],
];
/** Keys whose texts are a reply only if they have several words: nodes also store hashes and codes under them. */
const PROSE_KEYS = ['html', 'data', 'body'];
/** Matches names that workflows give a reply, such as `aiResponse` or `bot_reply_text`. */
const REPLY_NAME =
	/(?:(?:reply|answer|response|output|generation|antwort|respuesta|resposta|r[eé]ponse)(?:[_-]?text)?|(?:ai|agent|assistant|bot)[_-]?(?:message|msg|text))$/i;
/** Keys of a reply in JSON that a model wrote into its text; other keys may belong to an example for the visitor. */
export const OWN_KEYS = ['reply', 'output', 'response', 'answer'];
/** Keys of lists of alternatives, of which the first is the reply. */
export const ALTERNATIVES_KEYS = new Set(['choices', 'candidates', 'generations', 'alternatives']);
/** Keys whose lists are parts of one text rather than several answers. */
const PARTS_KEYS = new Set(['output', 'content', 'parts', 'children', 'blocks', '_content']);
/** Keys whose lists are several messages, even if they look like parts. */
const MESSAGES_KEYS = new Set(['messages', 'responses', 'replies', 'fulfillmentMessages']);
export type ListKind = 'parts' | 'messages' | undefined;
export const getListKind = (key: string): ListKind =>
	PARTS_KEYS.has(key) ? 'parts' : MESSAGES_KEYS.has(key) ? 'messages' : undefined;

/** Returns the keys of texts with several words, which may be the reply if no known key has one. */
export const listProseKeys = (object: Record<string, unknown>): string[] =>
	[...PROSE_KEYS, ...Object.keys(object).filter((key) => REPLY_NAME.test(key))].filter((key) => {
		const value = object[key];
		return typeof value === 'string' && /\S\s+\S/.test(value);
	});

/** Matches the path of an object whose only text may be the reply, under a key that the workflow chose. */
const OUTPUT_PATH = /\.outputs?$/;
/** Matches keys that never contain a reply. */
const FOREIGN_KEY =
	/^(?:lead|contact|customer|visitor|user|errors?|meta|metadata|headers|query|params|inputs?|request|context|state|history|sources?|documents?|citations?|references?|usage|logs?|steps|intermediateSteps|tools?|tool_?calls|config|settings)$/i;

/** Returns an object's only value, or the only text of an object of outputs; `undefined` if there are several. */
export function findOnlyValue(object: Record<string, unknown>, shape: string): unknown {
	const entries = Object.entries(object);
	const [[key, value] = ['', undefined]] = entries;
	if (entries.length === 1 && typeof value === 'object' && !FOREIGN_KEY.test(key)) return value;
	if (!OUTPUT_PATH.test(shape)) return undefined;
	const texts = entries.flatMap(([, text]) => (typeof text === 'string' ? [text] : []));
	// A single word is more likely a label, such as an intent.
	return texts.length === 1 && /\S\s+\S/.test(texts[0] ?? '') ? texts[0] : undefined;
}
