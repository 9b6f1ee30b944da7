import type { WidgetLanguage } from '#lib/contract/greeting.ts';
import type { Question } from '#lib/contract/site.ts';
import { splitLines } from '#lib/client/settings/site-form.svelte.ts';

/** A question being edited. */
export interface Draft {
	/** Stays the same when the question is moved. */
	id: string;
	/** Empty for a new question, whose key is derived from its label when it is saved. */
	key: string;
	label: string;
	prompt: string;
	type: Question['type'];
	is_required: boolean;
	/** One per line. */
	options: string;
	/** The question in other languages; blank texts for those without a translation. */
	translations: Partial<Record<WidgetLanguage, TranslationDraft>>;
}

interface TranslationDraft {
	prompt: string;
	/** One per line. */
	options: string;
}

export const toDraft = (question: Question): Draft => ({
	id: question.key,
	key: question.key,
	label: question.label,
	prompt: question.prompt ?? '',
	type: question.type,
	is_required: question.is_required,
	options: question.options.join('\n'),
	translations: Object.fromEntries(
		Object.entries(question.translations ?? {}).map(([language, { prompt = '', options = [] }]) => [
			language,
			{ prompt, options: options.join('\n') },
		]),
	),
});

/** Changes a translation of a question. */
export function translate(
	draft: Draft,
	language: WidgetLanguage,
	change: Partial<TranslationDraft>,
): void {
	draft.translations[language] = {
		...(draft.translations[language] ?? { prompt: '', options: '' }),
		...change,
	};
}

/** Returns the questions to store. New ones get an unused key derived from their label. */
export function toQuestions(drafts: Draft[]): Question[] {
	const usedKeys = new Set(drafts.map(({ key }) => key));
	return drafts.map(({ key, label, prompt, type, is_required, options, translations }) => ({
		key: key === '' ? createUniqueKey(label, usedKeys) : key,
		label: label.trim(),
		...(prompt.trim() !== '' && { prompt: prompt.trim() }),
		type,
		is_required,
		options: type === 'choice' ? splitLines(options) : [],
		...toTranslations(type, translations),
	}));
}

/** Returns the translations to store, without blank texts and languages. */
function toTranslations(
	type: Draft['type'],
	drafts: Draft['translations'],
): Pick<Question, 'translations'> {
	const entries = Object.entries(drafts).flatMap(([language, draft]) => {
		const prompt = draft.prompt.trim();
		const options = type === 'choice' ? splitLines(draft.options) : [];
		if (prompt === '' && options.length === 0) return [];
		return [
			[language, { ...(prompt !== '' && { prompt }), ...(options.length > 0 && { options }) }],
		];
	});
	return entries.length > 0
		? { translations: Object.fromEntries(entries) as NonNullable<Question['translations']> }
		: {};
}

/** Derives a key from a label: letters, digits and _, starting with a letter. */
export function createKey(label: string): string {
	const key = label
		.normalize('NFKD')
		.toLowerCase()
		.replace(/\p{Mark}/gu, '')
		.replace(/[^a-z0-9]+/g, '_')
		.replace(/^[_0-9]+/, '')
		.slice(0, 36)
		.replace(/_+$/, '');
	return key === '' ? 'question' : key;
}

function createUniqueKey(label: string, usedKeys: Set<string>): string {
	const base = createKey(label);
	let key = base;
	for (let n = 2; usedKeys.has(key); n++) key = `${base}_${n}`;
	usedKeys.add(key);
	return key;
}
