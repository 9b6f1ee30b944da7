import {
	answersOf,
	beginningOf,
	type CheckedChat,
	type CheckedMessage,
	type Finding,
} from './chat.ts';

/** Shorter texts don't tell their language reliably; measured with the widget's texts and the seed's dialogues. */
const MIN_LETTERS = 18;
const MIN_WORDS = 3;
/** How much better the language must fit than the one it is compared with. */
const MIN_LEAD = 0.08;
/** The maximum number of AI answers checked per chat. */
const MAX_ANSWERS = 60;
/** How many of the visitor's messages are read to reach that length. */
const MAX_MESSAGES = 3;

interface Detected {
	language: string;
	/** How well each language fits, 0 to 1. */
	scores: Record<string, number>;
}
type Detect = (text: string) => Detected | undefined;

let loading: Promise<Detect> | undefined;

/** Loads the language detector on demand, since it takes 30 MB of memory. */
export function loadLanguageDetector(): Promise<Detect> {
	loading ??= import('eld/extrasmall').then(({ eld }) => (text) => {
		const result = eld.detect(text);
		return result.isReliable()
			? { language: result.language, scores: result.getScores() }
			: undefined;
	});
	return loading;
}

/** Groups of languages that can't be told apart in short texts. */
const ALIKE = ['no da sv', 'hr sr sl', 'cs sk', 'ru uk be bg', 'es ca', 'ms tl', 'fa ar ur ku'].map(
	(list) => list.split(' '),
);
const isAlike = (one: string, other: string) =>
	one === other || ALIKE.some((group) => group.includes(one) && group.includes(other));

/** "Do you speak English?" may ask for an answer in a language other than the visitor's own. */
const NAMES_LANGUAGE =
	/\b(?:english|german|spanish|french|portuguese|arabic|deutsch|englisch|spanisch|französisch|portugiesisch|arabisch|ingl[eé]s|alem[aá]n|espa[nñ]ol|franc[eé]s|portugu[eé]s|anglais|allemand|espagnol|fran[cç]ais|portugais|arabe|ingl[eê]s|alem[aã]o|espanhol|franc[eê]s|[aá]rabe)\b|الإنجليزية|الانجليزية|العربية|الألمانية|الفرنسية|الإسبانية/iu;

/** Counts only words in lower case: names and addresses don't tell a language. */
function isLongEnough(text: string): boolean {
	const words = text.split(/\s+/).filter((word) => /^(?!\p{Lu})\p{L}/u.test(word));
	return words.length >= MIN_WORDS && words.join('').length >= MIN_LETTERS;
}

/** Leaves out what has no language: links, addresses, numbers and Markdown. */
const prose = (text: string) =>
	beginningOf(text)
		.replace(/https?:\/\/\S+|www\.\S+|[^\s@]{1,64}@\S{1,250}/g, ' ')
		.replace(/[*_`#>|[\](){}]|\p{Nd}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim();

/** Returns the visitor's latest words before an answer; undefined if they are too short. */
function wordsBefore({ messages }: CheckedChat, { id, answers_through }: CheckedMessage) {
	const said = messages.filter(
		(message) =>
			message.sender === 'visitor' && message.id < Math.min(id, (answers_through ?? id) + 1),
	);
	let words = '';
	for (const { text } of said.slice(-MAX_MESSAGES).reverse()) {
		words = `${prose(text)}\n${words}`;
		if (isLongEnough(words)) return words;
	}
	return undefined;
}

/** Returns the rule that finds the first answer in another language than the visitor's latest words. */
export const createLanguageRule =
	(detect: Detect) =>
	(chat: CheckedChat): Finding[] => {
		for (const answer of answersOf(chat).slice(0, MAX_ANSWERS)) {
			const words = wordsBefore(chat, answer);
			const text = prose(answer.text);
			if (words === undefined || NAMES_LANGUAGE.test(words) || !isLongEnough(text)) continue;
			const [visitor, ai] = [detect(words), detect(text)];
			if (!visitor || !ai || isAlike(visitor.language, ai.language)) continue;
			if (!fitsBetter(visitor, ai.language) || !fitsBetter(ai, visitor.language)) continue;
			const reason = `The AI answers in ${nameOf(ai.language)}, the visitor writes in ${nameOf(visitor.language)}.`;
			return [{ message_id: answer.id, reason }];
		}
		return [];
	};

const fitsBetter = ({ language, scores }: Detected, other: string) =>
	(scores[language] ?? 0) - (scores[other] ?? 0) >= MIN_LEAD;

const names = new Intl.DisplayNames('en', { type: 'language' });
const nameOf = (language: string) => names.of(language) ?? language;
