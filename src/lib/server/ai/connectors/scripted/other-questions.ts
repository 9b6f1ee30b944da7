import { languages } from './languages/languages.ts';
import { plain } from './normalize.ts';
import type { ScriptItem } from './script.ts';
import { alternatives } from './vocabulary.ts';

const asksFor = (kind: 'name' | 'email' | 'phone') => {
	const patterns = alternatives(languages.map(({ vocabulary }) => vocabulary.asksFor[kind]));
	const pattern = new RegExp(`(?:^| )(?:${patterns})(?= |$)`, 'u');
	return (text: string) => pattern.test(text);
};
const asksName = asksFor('name');
const asksEmail = asksFor('email');
const asksPhone = asksFor('phone');

/** Returns which detail the question of another AI, or of a fixed greeting, asks for. */
export function otherQuestion(
	text: string,
	script: ScriptItem[],
): ScriptItem | 'contact' | undefined {
	const last = text.split(/[.!]\s/).at(-1) ?? '';
	if (!/[?？؟]$/.test(last)) return undefined;
	const question = plain(last);
	const itemFor = (kind: 'name' | 'email' | 'phone') => script.find(({ core }) => core === kind);
	if (asksName(question)) return itemFor('name');
	if (asksEmail(question)) return asksPhone(question) ? 'contact' : itemFor('email');
	return asksPhone(question) ? itemFor('phone') : undefined;
}
