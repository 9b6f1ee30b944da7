import { formatLanguage } from '#lib/locale.ts';
import {
	getAnswers,
	getBeginning,
	type CheckedChat,
	type CheckedMessage,
	type Finding,
} from './chat.ts';

/** The language of shorter texts can't be detected reliably, as measured with the widget's texts and the seed's dialogues. */
const MIN_LETTERS = 18;
const MIN_WORDS = 3;
/** The minimum score difference between the detected language and the other one. */
const MIN_SCORE_LEAD = 0.08;
/** The maximum number of AI answers checked per chat. */
const MAX_ANSWERS = 60;
/** The maximum number of visitor messages combined to reach the minimum length. */
const MAX_MESSAGES = 3;

interface Detection {
	language: string;
	/** The fit of each language, from 0 to 1. */
	scores: Record<string, number>;
}
type DetectLanguage = (text: string) => Detection | undefined;

let detectorPromise: Promise<DetectLanguage> | undefined;

/** Loads the language detector on demand, since it takes 30 MB of memory. */
export function loadLanguageDetector(): Promise<DetectLanguage> {
	detectorPromise ??= import('eld/extrasmall').then(({ eld }) => (text) => {
		const result = eld.detect(text);
		return result.isReliable()
			? { language: result.language, scores: result.getScores() }
			: undefined;
	});
	return detectorPromise;
}

/** Groups of languages that can't be told apart in short texts. */
const SIMILAR_LANGUAGES = [
	'no da sv',
	'hr sr sl',
	'cs sk',
	'ru uk be bg',
	'es ca',
	'ms tl',
	'fa ar ur ku',
].map((list) => list.split(' '));
const isSimilar = (a: string, b: string) =>
	a === b || SIMILAR_LANGUAGES.some((group) => group.includes(a) && group.includes(b));

/** Matches the name of a language: "Do you speak English?" may ask for an answer in a language other than the visitor's own. */
const LANGUAGE_NAME =
	/\b(?:english|german|spanish|french|portuguese|arabic|deutsch|englisch|spanisch|französisch|portugiesisch|arabisch|ingl[eé]s|alem[aá]n|espa[nñ]ol|franc[eé]s|portugu[eé]s|anglais|allemand|espagnol|fran[cç]ais|portugais|arabe|ingl[eê]s|alem[aã]o|espanhol|franc[eê]s|[aá]rabe)\b|الإنجليزية|الانجليزية|العربية|الألمانية|الفرنسية|الإسبانية/iu;

/** Returns whether a text has enough lowercase words; names and addresses don't indicate a language. */
function isLongEnough(text: string): boolean {
	const words = text.split(/\s+/).filter((word) => /^(?!\p{Lu})\p{L}/u.test(word));
	return words.length >= MIN_WORDS && words.join('').length >= MIN_LETTERS;
}

/** Removes text without a language: links, addresses, numbers and Markdown. */
const toProse = (text: string) =>
	getBeginning(text)
		.replace(/https?:\/\/\S+|www\.\S+|[^\s@]{1,64}@\S{1,250}/g, ' ')
		.replace(/[*_`#>|[\](){}]|\p{Nd}+/gu, ' ')
		.replace(/\s+/g, ' ')
		.trim();

/** Returns the visitor's latest words before an answer; undefined if they are too short. */
function getVisitorWordsBefore({ messages }: CheckedChat, { id, answers_through }: CheckedMessage) {
	const visitorMessages = messages.filter(
		(message) =>
			message.sender === 'visitor' && message.id < Math.min(id, (answers_through ?? id) + 1),
	);
	let words = '';
	for (const { text } of visitorMessages.slice(-MAX_MESSAGES).reverse()) {
		words = `${toProse(text)}\n${words}`;
		if (isLongEnough(words)) return words;
	}
	return undefined;
}

/** Creates the rule that finds the first answer in a different language than the visitor's latest words. */
export const createLanguageRule =
	(detect: DetectLanguage) =>
	(chat: CheckedChat): Finding[] => {
		for (const answer of getAnswers(chat).slice(0, MAX_ANSWERS)) {
			const words = getVisitorWordsBefore(chat, answer);
			const text = toProse(answer.text);
			if (words === undefined || LANGUAGE_NAME.test(words) || !isLongEnough(text)) continue;
			const [visitor, ai] = [detect(words), detect(text)];
			if (!visitor || !ai || isSimilar(visitor.language, ai.language)) continue;
			if (!isBetterFit(visitor, ai.language) || !isBetterFit(ai, visitor.language)) continue;
			const reason = `The AI answers in ${formatLanguage(ai.language)}, the visitor writes in ${formatLanguage(visitor.language)}.`;
			return [{ message_id: answer.id, reason }];
		}
		return [];
	};

const isBetterFit = ({ language, scores }: Detection, other: string) =>
	(scores[language] ?? 0) - (scores[other] ?? 0) >= MIN_SCORE_LEAD;
