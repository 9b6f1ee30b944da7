import type { CoreLeadField } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import { squash } from './normalize.ts';

/** How a question is asked and its answer parsed; `topic` is the first free-text question: what the visitor wants. */
export type Kind = 'name' | 'email' | 'phone' | 'number' | 'choice' | 'topic' | 'text';

/** One question of the site as the script asks it. */
export interface ScriptItem {
	key: string;
	kind: Kind;
	/** The core lead field that the answer also sets. */
	core: CoreLeadField | undefined;
	isRequired: boolean;
	options: string[];
	/** The first wording and the one for asking again; unique within a script, so that messages can be matched to questions. */
	first: string;
	again: string;
}

/** Creates the script for a site's questions. */
export function createScript(questions: Question[]): ScriptItem[] {
	const items: ScriptItem[] = [];
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

function kindOf({ key, type, options }: Question, before: ScriptItem[]): Kind {
	if (type === 'choice') return options.length > 0 ? 'choice' : 'text';
	if (type !== 'text') return type;
	if (/^(?:(?:full|your|first|contact)_?)?name$/.test(key)) return 'name';
	return key === 'company' || before.some(({ kind }) => kind === 'topic') ? 'text' : 'topic';
}

/** Only the first question of a kind sets the core field: a second email address is somebody else's. */
function coreOf({ key }: Question, kind: Kind, before: ScriptItem[]): CoreLeadField | undefined {
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
			return `Which of these comes closest: ${joinWithOr(options)}?`;
		case 'topic':
			return 'In a few words, what is it about?';
		case 'text':
			return `A few words are enough. ${first}`;
	}
}

const joinWithOr = (options: string[]) =>
	options.length < 2
		? options.join('')
		: `${options.slice(0, -1).join(', ')} or ${options.slice(-1).join('')}`;

function unique(preferred: string, { label, key }: Question, used: Set<string>): string {
	let prompt = preferred;
	for (let n = 1; used.has(squash(prompt)); n++) {
		prompt = `${n === 1 ? squash(label) : `${key} ${n}`}: ${preferred}`;
	}
	used.add(squash(prompt));
	return prompt;
}

/** Known values of the lead: core fields and answers, by key. */
export type Known = Record<string, string>;

/** Returns the known answer to a question. */
export function answerTo(item: ScriptItem, known: Known): string | undefined {
	if (Object.hasOwn(known, item.key)) return known[item.key];
	return item.core && known[item.core];
}
