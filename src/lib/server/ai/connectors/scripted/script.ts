import type { CoreLeadField } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import type { ScriptLanguage } from './languages/language.ts';
import { languages, translateDefault, translateDefaults } from './languages/languages.ts';
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
	/** The options as the site stores them, and as the visitor reads them. */
	options: string[];
	shownOptions: string[];
	/** The first wording and the one for asking again; unique within a script, so that messages can be matched to questions. */
	first: string;
	again: string;
	/** The same in all languages: earlier messages may be in another one. */
	wordings: { prompts: string[]; options: string[][] };
}

/** Creates the script for a site's questions in a language. */
export function createScript(questions: Question[], language: ScriptLanguage): ScriptItem[] {
	const items: Described[] = [];
	for (const question of questions) {
		const kind = kindOf(question, items);
		items.push({ question, kind, core: coreOf(question, kind, items) });
	}
	const others = languages.filter((other) => other !== language);
	const spoken = wordIn(language, items);
	const wordings = [spoken, ...others.map((other) => wordIn(other, items))];
	return spoken.map(({ first, again, options: shownOptions, item }, index) => {
		const all = wordings.flatMap((worded) => worded[index] ?? []);
		return {
			key: item.question.key,
			kind: item.kind,
			core: item.core,
			isRequired: item.question.is_required,
			options: item.question.options,
			shownOptions,
			first,
			again,
			wordings: {
				prompts: all.flatMap((worded) => [squash(worded.first), squash(worded.again)]),
				options: all.map(({ options }) => options),
			},
		};
	});
}

interface Described {
	question: Question;
	kind: Kind;
	core: CoreLeadField | undefined;
}

interface Worded {
	item: Described;
	first: string;
	again: string;
	options: string[];
}

/** Words all questions in a language. */
function wordIn(language: ScriptLanguage, items: Described[]): Worded[] {
	const used = new Set<string>();
	return items.map((item) => {
		const { question, kind } = item;
		const translated = question.translations?.[language.code];
		const options = optionsIn(question, language);
		const own = translated?.prompt
			? squash(translated.prompt)
			: translateDefault(squash(question.prompt ?? ''), language);
		const label = translateDefault(squash(question.label), language);
		const first = unique(own || promptFor(question, kind, label, language), question, used);
		const again = unique(promptAgain(options, kind, first, language), question, used);
		return { item, first, again, options };
	});
}

/** Returns the options as visitors read them: the site's translation, if it has one for each. */
function optionsIn({ options, translations }: Question, language: ScriptLanguage): string[] {
	const translated = translations?.[language.code]?.options;
	return translated?.length === options.length ? translated : translateDefaults(options, language);
}

function kindOf({ key, type, options }: Question, before: Described[]): Kind {
	if (type === 'choice') return options.length > 0 ? 'choice' : 'text';
	if (type !== 'text') return type;
	if (/^(?:(?:full|your|first|contact)_?)?name$/.test(key)) return 'name';
	return key === 'company' || before.some(({ kind }) => kind === 'topic') ? 'text' : 'topic';
}

/** Only the first question of a kind sets the core field: a second email address is someone else's. */
function coreOf({ key }: Question, kind: Kind, before: Described[]): CoreLeadField | undefined {
	if (key === 'company') return 'company';
	if (kind !== 'name' && kind !== 'email' && kind !== 'phone') return undefined;
	return before.some(({ core }) => core === kind) ? undefined : kind;
}

function promptFor(
	{ key }: Question,
	kind: Kind,
	label: string,
	{ phrases: { prompts } }: ScriptLanguage,
): string {
	if (/[?？؟]$/.test(label)) return label;
	const name = label.replace(/[.:]+$/, '');
	switch (kind) {
		case 'name':
		case 'email':
		case 'phone':
			return prompts[kind][0];
		case 'number':
			return prompts.number(name);
		case 'choice':
			return prompts.choice(name);
		case 'topic':
		case 'text':
			return key === 'company' ? prompts.company : prompts.text(name);
	}
}

function promptAgain(
	options: string[],
	kind: Kind,
	first: string,
	{ phrases: { prompts }, locale }: ScriptLanguage,
): string {
	switch (kind) {
		case 'name':
		case 'email':
		case 'phone':
			return prompts[kind][1];
		case 'number':
			return prompts.numberAgain(first);
		case 'choice':
			return prompts.choiceAgain(
				new Intl.ListFormat(locale, { type: 'disjunction' }).format(options),
			);
		case 'topic':
			return prompts.topicAgain;
		case 'text':
			return prompts.textAgain(first);
	}
}

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
