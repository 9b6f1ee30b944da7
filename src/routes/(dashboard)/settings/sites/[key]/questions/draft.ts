import type { Question } from '#lib/contract/site.ts';
import { linesOf } from '#lib/client/settings/site-form.svelte.ts';

/** A question while it is edited. */
export interface Draft {
	/** Stays while it is moved about. */
	id: string;
	/** Empty until it is saved: it follows the label as long as no answer can have it. */
	key: string;
	label: string;
	prompt: string;
	type: Question['type'];
	is_required: boolean;
	/** One a line. */
	options: string;
}

export const draftOf = (question: Question): Draft => ({
	id: question.key,
	key: question.key,
	label: question.label,
	prompt: question.prompt ?? '',
	type: question.type,
	is_required: question.is_required,
	options: question.options.join('\n'),
});

/** The questions as they are to be kept; a new one gets the key that its label makes, where it is free. */
export function questionsOf(drafts: Draft[]): Question[] {
	const taken = new Set(drafts.map(({ key }) => key));
	return drafts.map(({ key, label, prompt, type, is_required, options }) => ({
		key: key === '' ? freeKey(label, taken) : key,
		label: label.trim(),
		...(prompt.trim() !== '' && { prompt: prompt.trim() }),
		type,
		is_required,
		options: type === 'choice' ? linesOf(options) : [],
	}));
}

/** What answers are called in leads and exports: letters, digits and _, beginning with a letter. */
export function keyFrom(label: string): string {
	const plain = label
		.normalize('NFKD')
		.toLowerCase()
		.replace(/\p{Mark}/gu, '')
		.replace(/[^a-z0-9]+/g, '_')
		.replace(/^[_0-9]+/, '')
		.slice(0, 36)
		.replace(/_+$/, '');
	return plain === '' ? 'question' : plain;
}

function freeKey(label: string, taken: Set<string>): string {
	const wanted = keyFrom(label);
	let key = wanted;
	for (let n = 2; taken.has(key); n++) key = `${wanted}_${n}`;
	taken.add(key);
	return key;
}
