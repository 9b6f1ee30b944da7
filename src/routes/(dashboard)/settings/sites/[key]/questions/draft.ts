import type { Question } from '#lib/contract/site.ts';
import { linesOf } from '#lib/client/settings/site-form.svelte.ts';

/** A question being edited. */
export interface Draft {
	/** Stable while the question is moved. */
	id: string;
	/** Empty until saved: until answers can refer to it, it follows the label. */
	key: string;
	label: string;
	prompt: string;
	type: Question['type'];
	is_required: boolean;
	/** One per line. */
	options: string;
	/** Kept as they are. */
	translations?: Question['translations'];
}

export const draftOf = (question: Question): Draft => ({
	id: question.key,
	key: question.key,
	label: question.label,
	prompt: question.prompt ?? '',
	type: question.type,
	is_required: question.is_required,
	options: question.options.join('\n'),
	...(question.translations && { translations: question.translations }),
});

/** Returns the questions to store; new ones get a free key derived from their label. */
export function questionsOf(drafts: Draft[]): Question[] {
	const taken = new Set(drafts.map(({ key }) => key));
	return drafts.map(({ key, label, prompt, type, is_required, options, translations }) => ({
		key: key === '' ? freeKey(label, taken) : key,
		label: label.trim(),
		...(prompt.trim() !== '' && { prompt: prompt.trim() }),
		type,
		is_required,
		options: type === 'choice' ? linesOf(options) : [],
		...(translations && { translations }),
	}));
}

/** Derives a key from a label: letters, digits and _, starting with a letter. */
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
