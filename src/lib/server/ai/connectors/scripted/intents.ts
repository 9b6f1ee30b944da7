import { plain } from './normalize.ts';

const set = (words: string) => new Set(words.split('|'));

const GREETINGS = set(
	'hi|hii|hiii|hello|hey|heya|hiya|howdy|yo|greetings|morning|afternoon|evening|hallo|hola|buenas|bonjour|salut|moin|servus|ciao|olá|oi|مرحبا|السلام|你好|您好|こんにちは|नमस्ते|привет|здравствуйте',
);
const BESIDE_GREETINGS = set(
	'good|there|all|team|everyone|everybody|folks|guys|again|day|عليكم|you',
);
const COURTESIES = set(
	'ok|okay|k|kk|sure|yes|yeah|yep|yup|please|thanks|thank|you|thx|ty|cheers|great|cool|perfect|nice|fine|well|alright|right|certainly|absolutely|so|of|course|no|problem|gladly|here|it|is|go|goes',
);
const PARTINGS = set('thanks|thank|thx|ty|cheers|bye|goodbye|ciao|perfect|great|awesome|wonderful');
const YES = set(
	'yes|yeah|yep|yup|ya|correct|right|exactly|sure|ok|okay|true|indeed|si|sí|ja|oui|sim|da|نعم',
);
const NO = set('no|nope|nah|not|wrong|non|nein|não|нет|لا');

const SKIPS = set(
	"skip|skip it|skip this|skip that|pass|no|nope|nah|none|nothing|later|maybe later|not now|not yet|not really|no need|next|n a|no i don't|no i do not|i'd rather not|i would rather not|rather not|no comment|don't have one|i don't have one|do not have one|i don't|anonymous|not sure|not sure yet|i'm not sure|unsure|i don't know|i don't know yet|don't know|dont know|no idea|idk|nein|nein danke|non|non merci|não|لا",
);
const REFUSALS =
	/\b(?:rather not|prefer not|(?:don't|dont|do not|won't|will not) (?:want|wish|like|care|have to)?\s?(?:to )?(?:say|share|tell|give|answer|provide|be called)|not comfortable|none of your|no phone|no e ?mail|(?:skip|pass on) (?:this|that|it|the))\b/;

const OPENS_QUESTION =
	/^(?:(?:and|but|so|also|ok|okay|sorry|well|hi|hello|hey) )*(?:how|what|what's|why|when|where|who|who's|which|whose|(?:can|could|do|does|did|are|is|will|would|should|may) (?:you|i|we|it|this|that|there|they|your|the|someone|somebody))(?: |$)/;
const ASKS_WHO =
	/\b(?:are you|is this|am i|(?:talking|speaking|chatting) (?:to|with)) (?:[\p{L}']+ ){0,4}?(?:bot|robot|human|person|machine|ai|chatgpt|automated)\b|\bwho are you\b|\bis (?:anyone|anybody|someone|somebody) (?:there|here)\b/u;
const ASKS_WHY = /^(?:(?:and|but|ok|sorry) )*(?:why|what for|what do you need)(?: |$)/;

const words = (text: string) => (text === '' ? [] : text.split(' '));

/** Returns whether a text is only a greeting: "hi", "Good morning", "hello there". */
export function isGreeting(text: string): boolean {
	const tokens = words(plain(text));
	return (
		tokens.length <= 5 &&
		tokens.some((word) => GREETINGS.has(word)) &&
		tokens.every((word) => GREETINGS.has(word) || BESIDE_GREETINGS.has(word))
	);
}

/** Returns whether a text is only polite words: "ok", "yes please", "sure, here it is". */
export function isCourtesy(text: string): boolean {
	const tokens = words(plain(text));
	return tokens.length <= 6 && tokens.every((word) => COURTESIES.has(word));
}

/** Returns whether a text is a goodbye or thanks: "perfect, bye". */
export function isParting(text: string): boolean {
	const tokens = words(plain(text));
	return tokens.length <= 8 && tokens.some((word) => PARTINGS.has(word));
}

export const isYes = (text: string) =>
	YES.has(firstWord(text)) || /^that's (?:right|it)/.test(plain(text));
export const isNo = (text: string) => NO.has(firstWord(text));

const firstWord = (text: string) => words(plain(text))[0] ?? '';

/** Returns whether a text only declines to answer: "skip", "no thanks", "later", a single dash. */
export function isSkip(text: string): boolean {
	const normalized = plain(text)
		.replace(/\b(?:please|thanks|thank you|sorry|thx)\b/g, '')
		.replace(/ +/g, ' ')
		.trim();
	return SKIPS.has(normalized) || /^\s*[-–—./]+\s*$/.test(text);
}

/** Returns whether a sentence declines to answer: "I'd rather not give my number". */
export function isRefusal(text: string): boolean {
	const normalized = plain(text);
	return words(normalized).length <= 16 && REFUSALS.test(normalized);
}

/** Returns whether a sentence is a question, judged by its question mark or its first words. */
export const isQuestion = (text: string) =>
	/[?？؟](?![\p{L}\p{N}=&/])/u.test(text) || OPENS_QUESTION.test(plain(text));

/** Classifies a question: about the assistant (`who`), about the reason for asking (`why`), or anything else. */
export function questionAbout(text: string): 'who' | 'why' | 'other' {
	const normalized = plain(text);
	if (ASKS_WHO.test(normalized)) return 'who';
	return ASKS_WHY.test(normalized) ? 'why' : 'other';
}

/** Returns whether a prompt can be answered with yes or no. */
export function isYesNoPrompt(prompt: string): boolean {
	const last = prompt.split(/[.!]\s/).at(-1) ?? '';
	return /^(?:do|does|did|are|is|was|were|have|has|had|can|could|will|would|should|may)\b/i.test(
		last.trim(),
	);
}
