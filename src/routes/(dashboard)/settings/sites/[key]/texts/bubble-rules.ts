import type { BubbleRule, BubbleTrigger, TextPerLanguage } from '#lib/contract/greeting.ts';

/** A rule being edited, with the values of its inputs. */
export interface RuleDraft {
	key: string;
	pages: string;
	type: BubbleTrigger['type'];
	seconds: string;
	percent: string;
	selector: string;
	/** Empty for the site's greeting. */
	text: string;
	translations: TextPerLanguage;
}

export const TRIGGERS: { value: BubbleTrigger['type']; label: string }[] = [
	{ value: 'delay', label: 'After a delay' },
	{ value: 'scroll', label: 'Scrolled down' },
	{ value: 'exit_intent', label: 'About to leave' },
	{ value: 'return_visit', label: 'Return visit' },
	{ value: 'click', label: 'Element clicked' },
];

export const toRuleDraft = ({
	key,
	pages,
	trigger,
	text,
	translations,
}: BubbleRule): RuleDraft => ({
	key,
	pages,
	type: trigger.type,
	seconds: trigger.type === 'delay' ? String(trigger.seconds) : '3',
	percent: trigger.type === 'scroll' ? String(trigger.percent) : '50',
	selector: trigger.type === 'click' ? trigger.selector : '',
	text: text ?? '',
	translations,
});

export const toRule = ({ key, pages, text, translations, ...draft }: RuleDraft): BubbleRule => ({
	key,
	pages,
	trigger: toTrigger(draft),
	text: text.trim() === '' ? null : text,
	translations: omitBlank(translations),
});

function toTrigger(
	draft: Pick<RuleDraft, 'type' | 'seconds' | 'percent' | 'selector'>,
): BubbleTrigger {
	switch (draft.type) {
		case 'delay':
			return { type: 'delay', seconds: Number(draft.seconds) };
		case 'scroll':
			return { type: 'scroll', percent: Number(draft.percent) };
		case 'click':
			return { type: 'click', selector: draft.selector };
		case 'exit_intent':
		case 'return_visit':
			return { type: draft.type };
	}
}

/** Returns the texts without blank ones. */
export const omitBlank = (texts: TextPerLanguage): TextPerLanguage =>
	Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''));

/** Adds a rule before the one for all pages, because the first matching path applies. */
export function addRule(rules: RuleDraft[]): RuleDraft[] {
	const usedKeys = new Set(rules.map(({ key }) => key));
	let number = 1;
	while (usedKeys.has(`rule-${number}`)) number += 1;
	const isFirst = rules.length === 0;
	const newRule = toRuleDraft({
		key: `rule-${number}`,
		pages: isFirst ? '*' : '/',
		trigger: { type: 'delay', seconds: 3 },
		text: null,
		translations: {},
	});
	const index = rules.findIndex(({ pages }) => pages.trim() === '*');
	return index < 0 ? [...rules, newRule] : rules.toSpliced(index, 0, newRule);
}
