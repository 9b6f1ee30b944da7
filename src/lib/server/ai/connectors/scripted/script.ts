import type { CoreLeadField } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import type { ScriptLanguage } from './languages/language.ts';
import { allLanguages, translateDefault, translateDefaults } from './languages/languages.ts';
import { collapseWhitespace } from './normalize.ts';

/** Determines how a question is asked and its answer parsed. `topic` is the first free-text question, about what the visitor wants. */
export type QuestionKind = 'name' | 'email' | 'phone' | 'number' | 'choice' | 'topic' | 'text';

/** One question of a site with its wording in the script. */
export interface ScriptItem {
	key: string;
	kind: QuestionKind;
	/** The core lead field that the answer also sets. */
	core: CoreLeadField | undefined;
	isRequired: boolean;
	/** The options as stored by the site. */
	options: string[];
	/** The options as shown to the visitor, in the same order. */
	shownOptions: string[];
	/** The wording for the first time. Prompts are unique within a script, so that messages can be matched to questions. */
	prompt: string;
	/** The wording for repeats. */
	repeatedPrompt: string;
	/** The prompts and options in all languages, because earlier messages may be in another language. */
	wordings: { prompts: string[]; options: string[][] };
}

/** Creates the script for a site's questions in a language. */
export function createScript(questions: Question[], language: ScriptLanguage): ScriptItem[] {
	const items: ClassifiedQuestion[] = [];
	for (const question of questions) {
		const kind = classifyKind(question, items);
		items.push({ question, kind, core: getCoreField(question, kind, items) });
	}
	const others = allLanguages.filter((other) => other !== language);
	const localized = wordQuestions(language, items);
	const wordings = [localized, ...others.map((other) => wordQuestions(other, items))];
	return localized.map(({ prompt, repeatedPrompt, options: shownOptions, item }, index) => {
		const all = wordings.flatMap((worded) => worded[index] ?? []);
		return {
			key: item.question.key,
			kind: item.kind,
			core: item.core,
			isRequired: item.question.is_required,
			options: item.question.options,
			shownOptions,
			prompt,
			repeatedPrompt,
			wordings: {
				prompts: all.flatMap((worded) => [
					collapseWhitespace(worded.prompt),
					collapseWhitespace(worded.repeatedPrompt),
				]),
				options: all.map(({ options }) => options),
			},
		};
	});
}

interface ClassifiedQuestion {
	question: Question;
	kind: QuestionKind;
	core: CoreLeadField | undefined;
}

interface WordedQuestion {
	item: ClassifiedQuestion;
	prompt: string;
	repeatedPrompt: string;
	options: string[];
}

/** Creates the wording of all questions in a language. */
function wordQuestions(language: ScriptLanguage, items: ClassifiedQuestion[]): WordedQuestion[] {
	const usedPrompts = new Set<string>();
	return items.map((item) => {
		const { question, kind } = item;
		const translated = question.translations?.[language.code];
		const options = getOptionLabels(question, language);
		const ownPrompt = translated?.prompt
			? collapseWhitespace(translated.prompt)
			: translateDefault(collapseWhitespace(question.prompt ?? ''), language);
		const label = translateDefault(collapseWhitespace(question.label), language);
		const wording = ownPrompt || createPrompt(question, kind, label, language);
		const prompt = makeUnique(wording, question, usedPrompts);
		const repeatedWording = createRepeatedPrompt(options, kind, prompt, language);
		const repeatedPrompt = makeUnique(repeatedWording, question, usedPrompts);
		return { item, prompt, repeatedPrompt, options };
	});
}

/** Returns the options' labels: the site's translations if it has one for each, otherwise the default translations. */
function getOptionLabels({ options, translations }: Question, language: ScriptLanguage): string[] {
	const translated = translations?.[language.code]?.options;
	return translated?.length === options.length ? translated : translateDefaults(options, language);
}

function classifyKind(
	{ key, type, options }: Question,
	before: ClassifiedQuestion[],
): QuestionKind {
	if (type === 'choice') return options.length > 0 ? 'choice' : 'text';
	if (type !== 'text') return type;
	if (/^(?:(?:full|your|first|contact)_?)?name$/.test(key)) return 'name';
	return key === 'company' || before.some(({ kind }) => kind === 'topic') ? 'text' : 'topic';
}

/** Returns the core field that a question sets. Only the first question of a kind sets one: a second email address is someone else's. */
function getCoreField(
	{ key }: Question,
	kind: QuestionKind,
	before: ClassifiedQuestion[],
): CoreLeadField | undefined {
	if (key === 'company') return 'company';
	if (kind !== 'name' && kind !== 'email' && kind !== 'phone') return undefined;
	return before.some(({ core }) => core === kind) ? undefined : kind;
}

function createPrompt(
	{ key }: Question,
	kind: QuestionKind,
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

function createRepeatedPrompt(
	options: string[],
	kind: QuestionKind,
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

function makeUnique(preferred: string, { label, key }: Question, usedPrompts: Set<string>): string {
	let prompt = preferred;
	for (let suffix = 1; usedPrompts.has(collapseWhitespace(prompt)); suffix++) {
		prompt = `${suffix === 1 ? collapseWhitespace(label) : `${key} ${suffix}`}: ${preferred}`;
	}
	usedPrompts.add(collapseWhitespace(prompt));
	return prompt;
}

/** Known values of the lead: core fields and answers, by key. */
export type KnownValues = Record<string, string>;

/** Returns the known answer to a question. */
export function getAnswer(item: ScriptItem, known: KnownValues): string | undefined {
	if (Object.hasOwn(known, item.key)) return known[item.key];
	return item.core && known[item.core];
}
