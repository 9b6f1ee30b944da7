import type { CoreLeadField } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import { squash } from './plain.ts';

/** How a question is asked and its answer understood; `topic` is the first free text: what it is all about. */
export type Kind = 'name' | 'email' | 'phone' | 'number' | 'choice' | 'topic' | 'text';

/** One question of the site as the script asks it. */
export interface Item {
	key: string;
	kind: Kind;
	/** The lead's own field that the answer goes to as well. */
	core: CoreLeadField | undefined;
	isRequired: boolean;
	options: string[];
	/** How it is asked first, and how once more; no two in a script are the same, so that each can be recognised. */
	first: string;
	again: string;
}

/** The site's questions with their kinds and their wording. */
export function writeScript(questions: Question[]): Item[] {
	const items: Item[] = [];
	const used = new Set<string>();
	for (const question of questions) {
		const kind = kindOf(question, items);
		const first = unique(
			squash(question.prompt ?? '') || promptFor(question, kind),
			question,
			used,
		);
		const again = unique(promptAgain(question, kind, first), question, used);
		const { key, options, is_required: isRequired } = question;
		items.push({
			key,
			kind,
			core: coreOf(question, kind, items),
			isRequired,
			options,
			first,
			again,
		});
	}
	return items;
}

function kindOf({ key, type, options }: Question, before: Item[]): Kind {
	if (type === 'choice') return options.length > 0 ? 'choice' : 'text';
	if (type !== 'text') return type;
	if (/^(?:(?:full|your|first|contact)_?)?name$/.test(key)) return 'name';
	return key === 'company' || before.some(({ kind }) => kind === 'topic') ? 'text' : 'topic';
}

/** The first question of a kind asks for the visitor's own; a second email address is somebody else's. */
function coreOf({ key }: Question, kind: Kind, before: Item[]): CoreLeadField | undefined {
	if (key === 'company') return 'company';
	if (kind !== 'name' && kind !== 'email' && kind !== 'phone') return undefined;
	return before.some(({ core }) => core === kind) ? undefined : kind;
}

function promptFor({ key, label }: Question, kind: Kind): string {
	if (/[?？؟]$/.test(label.trim())) return squash(label);
	const name = squash(label).replace(/[.:]+$/, '');
	switch (kind) {
		case 'name':
			return 'What is your name?';
		case 'email':
			return 'Which email address can the team reach you at?';
		case 'phone':
			return 'Which phone number can the team call?';
		case 'number':
			return `Roughly, as a number: ${name}?`;
		case 'choice':
			return `${name}: which of these fits best?`;
		case 'topic':
		case 'text':
			return key === 'company'
				? 'Which company are you with?'
				: `Could you tell me about this: ${name}?`;
	}
}

function promptAgain({ options }: Question, kind: Kind, first: string): string {
	switch (kind) {
		case 'name':
			return 'What name may the team use for you?';
		case 'email':
			return 'Which email address should the team write to? For example: name@example.com';
		case 'phone':
			return 'Which number should the team call? For example: +1 202 555 0143';
		case 'number':
			return `A rough number is enough, for example 25. ${first}`;
		case 'choice':
			return `Which of these comes closest: ${inWords(options)}?`;
		case 'topic':
			return 'In a few words, what is it about?';
		case 'text':
			return `A few words are enough. ${first}`;
	}
}

const inWords = (options: string[]) =>
	options.length < 2
		? options.join('')
		: `${options.slice(0, -1).join(', ')} or ${options.slice(-1).join('')}`;

function unique(wanted: string, { label, key }: Question, used: Set<string>): string {
	let prompt = wanted;
	for (let n = 1; used.has(squash(prompt)); n++) {
		prompt = `${n === 1 ? squash(label) : `${key} ${n}`}: ${wanted}`;
	}
	used.add(squash(prompt));
	return prompt;
}

/** What is known of the visitor: core fields and answers by key. */
export type Known = Record<string, string>;

/** The answer to a question, if it is known. */
export function answerTo(item: Item, known: Known): string | undefined {
	if (Object.hasOwn(known, item.key)) return known[item.key];
	return item.core && known[item.core];
}
