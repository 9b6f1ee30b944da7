import { allLanguages } from './languages/languages.ts';
import { normalize } from './normalize.ts';
import type { ScriptItem } from './script.ts';
import { joinPatterns } from './vocabulary.ts';

const createQuestionMatcher = (kind: 'name' | 'email' | 'phone') => {
	const patterns = joinPatterns(allLanguages.map(({ vocabulary }) => vocabulary.asksFor[kind]));
	const pattern = new RegExp(`(?:^| )(?:${patterns})(?= |$)`, 'u');
	return (text: string) => pattern.test(text);
};
const asksName = createQuestionMatcher('name');
const asksEmail = createQuestionMatcher('email');
const asksPhone = createQuestionMatcher('phone');

/** Returns the question of the script that matches a question asked by another AI or in a fixed greeting. */
export function recognizeOtherQuestion(
	text: string,
	script: ScriptItem[],
): ScriptItem | 'contact' | undefined {
	const last = text.split(/[.!]\s/).at(-1) ?? '';
	if (!/[?？؟]$/.test(last)) return undefined;
	const question = normalize(last);
	const findItem = (kind: 'name' | 'email' | 'phone') => script.find(({ core }) => core === kind);
	if (asksName(question)) return findItem('name');
	if (asksEmail(question)) return asksPhone(question) ? 'contact' : findItem('email');
	return asksPhone(question) ? findItem('phone') : undefined;
}
