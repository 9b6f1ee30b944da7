import type { CheckRule } from '#lib/contract/check.ts';
import type { Chat } from './chat.ts';
import { Random } from './random.ts';
import type { Language, Line } from './script.ts';
import type { SiteTemplate } from './sites.ts';

/** Share of chats with a fault that a check finds, from 0 to 1. */
const FAULT_SHARE = 0.2;
/** Shorter chats have no room for a fault. */
const MIN_LINES = 5;
const MIN_QUESTION_WORDS = 4;

/** A fault in a line, with the reason given by the check that finds it. */
export interface Fault {
	rule: CheckRule;
	reason: string;
}

/** Texts of faulty lines, by language. */
const TEXTS = {
	asked_known: {
		en: 'And what is the best email address for you?',
		de: 'Und unter welcher E-Mail-Adresse erreichen wir Sie?',
		es: '¿Y cuál es su correo electrónico?',
		fr: 'Et quelle est votre adresse e-mail ?',
	},
	visitor_complains: {
		en: 'That’s not what I asked.',
		de: 'Das war nicht meine Frage.',
		es: 'Eso no es lo que pregunté.',
		fr: 'Ce n’est pas ma question.',
	},
	visitor_repeats: {
		en: 'I already told you that.',
		de: 'Das habe ich Ihnen schon gesagt.',
		es: 'Ya se lo he dicho.',
		fr: 'Je vous l’ai déjà dit.',
	},
	person_wanted: {
		en: 'Can I talk to a real person, please?',
		de: 'Kann ich bitte mit einem Menschen sprechen?',
		es: '¿Puedo hablar con una persona, por favor?',
		fr: 'Puis-je parler à une personne, s’il vous plaît ?',
	},
	foreign_link: {
		en: 'Directions: https://maps.example/visit',
		de: 'Anfahrt: https://maps.example/visit',
		es: 'Cómo llegar: https://maps.example/visit',
		fr: 'Itinéraire : https://maps.example/visit',
	},
} satisfies Partial<Record<CheckRule, Record<Language, string>>>;
const ENGLISH_ANSWER = 'Thank you, I have noted that. When would be a good time for a call?';
const LANGUAGE_NAMES = { en: 'English', de: 'German', es: 'Spanish', fr: 'French' };

interface FaultContext {
	random: Random;
	lines: Line[];
	language: Language;
	questions: SiteTemplate['questions'];
}
/** A change of one line; undefined if no line of the dialogue is suitable. */
type Change = { index: number; line: Partial<Line>; reason: string } | undefined;

/** Picks one of the lines that satisfy a condition. */
function pickLine(
	{ random, lines }: FaultContext,
	isSuitable: (line: Line, index: number) => boolean,
): { index: number; line: Line } | undefined {
	const suitable = lines.flatMap((line, index) =>
		isSuitable(line, index) ? [{ line, index }] : [],
	);
	return suitable.length > 0 ? random.pick(suitable) : undefined;
}

const isPlainAnswer = ({ by, quick_replies }: Line) => by === 'ai' && quick_replies.length === 0;
const hasFact = ({ facts }: Line, key: string) => facts.some(([factKey]) => factKey === key);

/** Replaces a later message of the visitor that answers no question. */
function replaceVisitorLine(
	context: FaultContext,
	rule: 'visitor_complains' | 'visitor_repeats' | 'person_wanted',
	reason: string,
): Change {
	if (context.lines.some(({ by }) => by === 'agent')) return undefined;
	const found = pickLine(
		context,
		({ by, facts }, index) => by === 'visitor' && index > 2 && facts.length === 0,
	);
	return found && { index: found.index, line: { text: TEXTS[rule][context.language] }, reason };
}

/** Functions that create a kind of fault as a change of one line of a dialogue. */
const FAULT_CREATORS: Partial<Record<CheckRule, (context: FaultContext) => Change>> = {
	asked_known(context) {
		const emailIndex = context.lines.findIndex((line) => hasFact(line, 'email'));
		if (emailIndex < 0) return undefined;
		const found = pickLine(context, (line, index) => index > emailIndex && isPlainAnswer(line));
		return (
			found && {
				index: found.index,
				line: { text: `${found.line.text} ${TEXTS.asked_known[context.language]}` },
				reason: 'The AI asks for the email address, which the visitor had already given.',
			}
		);
	},
	repeated_question(context) {
		const { lines } = context;
		const findQuestion = ({ text }: Line) =>
			text
				.split(/(?<=[.!?])\s+/)
				.findLast(
					(sentence) => sentence.endsWith('?') && sentence.split(' ').length >= MIN_QUESTION_WORDS,
				);
		const askedIndex = lines.findIndex(
			(line, index) => line.by === 'ai' && findQuestion(line) && lines[index + 1]?.by === 'visitor',
		);
		const askedLine = lines[askedIndex];
		const found = pickLine(context, (line, index) => index > askedIndex + 2 && isPlainAnswer(line));
		if (!askedLine || !found) return undefined;
		return {
			index: found.index,
			line: { text: `${found.line.text} ${findQuestion(askedLine)}` },
			reason: 'The AI repeats a question that the visitor had replied to.',
		};
	},
	value_missing(context) {
		const { lines, questions } = context;
		const findQuestion = (line: Line) =>
			questions.find(
				({ key, type }) =>
					hasFact(line, key) &&
					!['name', 'email', 'phone', 'company'].includes(key) &&
					type !== 'email' &&
					lines.filter((other) => hasFact(other, key)).length === 1,
			);
		const found = pickLine(
			context,
			(line, index) => lines[index - 1]?.by === 'ai' && findQuestion(line) !== undefined,
		);
		const question = found && findQuestion(found.line);
		if (!found || !question) return undefined;
		return {
			index: found.index,
			line: { facts: found.line.facts.filter(([key]) => key !== question.key) },
			reason: `The visitor answered the question for the “${question.label}”, but the lead doesn’t have it.`,
		};
	},
	wrong_language(context) {
		if (context.language === 'en') return undefined;
		const found = pickLine(
			context,
			(line, index) => index > 0 && index < context.lines.length - 2 && isPlainAnswer(line),
		);
		return (
			found && {
				index: found.index,
				line: { text: ENGLISH_ANSWER },
				reason: `The AI answers in English, the visitor writes in ${LANGUAGE_NAMES[context.language]}.`,
			}
		);
	},
	visitor_repeats: (context) =>
		replaceVisitorLine(
			context,
			'visitor_repeats',
			'The visitor says that they have already answered.',
		),
	visitor_complains: (context) =>
		replaceVisitorLine(context, 'visitor_complains', 'The visitor complained about an answer.'),
	person_wanted: (context) =>
		replaceVisitorLine(
			context,
			'person_wanted',
			'The visitor asked for a person, but no handoff was requested.',
		),
	foreign_link(context) {
		const found = pickLine(context, (line, index) => index > 0 && isPlainAnswer(line));
		return (
			found && {
				index: found.index,
				line: { text: `${found.line.text} ${TEXTS.foreign_link[context.language]}` },
				reason: 'The AI links to maps.example, which is not one of the site’s hosts.',
			}
		);
	},
};
/** Kinds of faults, by relative frequency. */
const FREQUENCIES: readonly (readonly [CheckRule, number])[] = [
	['asked_known', 4],
	['repeated_question', 4],
	['value_missing', 3],
	['wrong_language', 4],
	['visitor_repeats', 1],
	['visitor_complains', 2],
	['person_wanted', 1],
	['foreign_link', 3],
];

/** Changes one line of some dialogues, so that a check finds a fault in it. */
export function addFault(
	lines: Line[],
	chat: Pick<Chat, 'session_id' | 'person' | 'site'>,
): Line[] {
	const random = new Random(`fault ${chat.session_id}`);
	if (lines.length < MIN_LINES || !random.chance(FAULT_SHARE)) return lines;
	const rule = random.pickWeighted(FREQUENCIES);
	const change = FAULT_CREATORS[rule]?.({
		random,
		lines,
		language: chat.person.language,
		questions: chat.site.template.questions,
	});
	if (!change) return lines;
	const fault = { rule, reason: change.reason };
	return lines.map((line, index) =>
		index === change.index ? { ...line, ...change.line, fault } : line,
	);
}
