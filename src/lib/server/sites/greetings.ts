import { createHash, randomUUID } from 'node:crypto';
import {
	type BubbleTrigger,
	matchesPath,
	toPathPattern,
	type WidgetBubble,
	type WidgetBubbleRule,
	pickVariantIndex,
	type WidgetLanguage,
} from '#lib/contract/greeting.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import { toPlainText } from '#lib/markdown/index.ts';
import { DEFAULT_TEXTS } from './default-texts.ts';
import type { SiteRow } from './read-sites.ts';
import { getVisitorLanguage } from './widget.ts';

// The keys of a site's greetings in the widget's configuration and in `greeting_key`.
const SITE_KEY = 'site';
const DEFAULT_KEY = 'default';
const toVariantKey = (key: string) => `variant:${key}`;
const toRuleKey = (key: string) => `rule:${key}`;

type Greetings = Pick<
	SiteRow,
	'greeting' | 'greetings' | 'greeting_bubble' | 'invitation' | 'translations'
>;

/**
 * Returns the key of the greeting variant for a visitor: the one that the widget has shown, else always the same for the
 * same id. Null without variants, and on pages with their own greeting.
 */
export function pickGreeting(
	site: Greetings,
	visitorId: string,
	context: VisitorContext = {},
): string | null {
	const { greetings } = site;
	if (greetings.length === 0 || findRule(site, context)) return null;
	const shown = greetings.find(({ key }) => toVariantKey(key) === context.greeting_key);
	return (shown ?? greetings[chooseIndex(visitorId, greetings.length)])?.key ?? null;
}

/** Visitor ids that other programs set may not be random, so they are hashed. */
function chooseIndex(visitorId: string, count: number): number {
	if (/^[\da-f]{8}-[\da-f]{4}-4/i.test(visitorId)) return pickVariantIndex(visitorId, count);
	return createHash('sha256').update(visitorId).digest().readUInt32BE() % count;
}

/**
 * Returns the fixed greeting of a chat session in the visitor's language; null when the AI writes it. A chat starts with the
 * greeting that its widget has shown beside the launcher.
 */
export function getGreeting(
	site: Greetings & Pick<SiteRow, 'assistant' | 'look'>,
	variant: string | null,
	context: VisitorContext,
): string | null {
	const language = getVisitorLanguage(site.look.language, context);
	const chosen = findRule(site, context) ?? site.greetings.find(({ key }) => key === variant);
	if (chosen?.text) return chosen.translations?.[language] ?? chosen.text;
	const isDefaultShown = context.greeting_key === DEFAULT_KEY;
	return (
		getSiteGreeting(site, language) ??
		(isDefaultShown ? DEFAULT_TEXTS[language].greeting(site.assistant.name) : null)
	);
}

/** Returns the site's own greeting in a language; null when the AI writes it. */
export const getSiteGreeting = (
	{ greeting, translations }: Pick<Greetings, 'greeting' | 'translations'>,
	language: WidgetLanguage,
) => greeting && (translations.greeting?.[language] ?? greeting);

/** Returns the rule whose greeting the widget has shown, else the one for the page that the chat starts on. */
function findRule(site: Greetings, { greeting_key, page_url }: VisitorContext) {
	const { is_enabled, rules } = site.greeting_bubble;
	if (!is_enabled || site.invitation) return undefined;
	const rulesWithText = rules.filter(({ text }) => text !== null);
	if (greeting_key) return rulesWithText.find(({ key }) => toRuleKey(key) === greeting_key);
	const page = page_url === undefined ? null : URL.parse(page_url);
	const pageRule = page && rules.find(({ pages }) => matchesPath(pages, page.pathname));
	return rulesWithText.find(({ pages }) => pages === pageRule?.pages);
}

/**
 * Returns the bubble beside the launcher for the widget: its rules, with texts in the visitor's language. `aiGreeting` is the
 * AI's greeting if it is known in advance.
 */
export function presentBubble(
	site: Greetings & Pick<SiteRow, 'assistant'>,
	language: WidgetLanguage,
	aiGreeting: string | null,
): WidgetBubble | null {
	const { greeting_bubble, invitation } = site;
	const visitor_id = randomUUID();
	if (invitation) {
		const greetings = [{ key: null, text: invitation.text }];
		const rule = { path: '^', trigger: 'delay' as const, value: invitation.delay_s, greetings };
		return { rules: [rule], visitor_id };
	}
	if (!greeting_bubble.is_enabled || greeting_bubble.rules.length === 0) return null;
	const shared = listSharedGreetings(site, language, aiGreeting);
	const rules = greeting_bubble.rules.map((rule): WidgetBubbleRule => {
		const text = rule.text && (rule.translations[language] ?? rule.text);
		return {
			path: toPathPattern(rule.pages),
			...presentTrigger(rule.trigger),
			greetings: text ? [{ key: toRuleKey(rule.key), text: toPlainText(text) }] : shared,
		};
	});
	return { rules, visitor_id };
}

/** Returns whether the greeting depends on the page, so that it is unknown before the chat starts. */
export const dependsOnPage = ({ greeting_bubble, invitation }: Greetings): boolean =>
	greeting_bubble.is_enabled &&
	!invitation &&
	greeting_bubble.rules.some(({ text }) => text !== null);

function listSharedGreetings(
	site: Greetings & Pick<SiteRow, 'assistant'>,
	language: WidgetLanguage,
	aiGreeting: string | null,
): WidgetBubbleRule['greetings'] {
	if (site.greetings.length > 0) {
		return site.greetings.map(({ key, text, translations }) => ({
			key: toVariantKey(key),
			text: toPlainText(translations?.[language] ?? text),
		}));
	}
	const text = getSiteGreeting(site, language) ?? aiGreeting;
	return text
		? [{ key: SITE_KEY, text: toPlainText(text) }]
		: [{ key: DEFAULT_KEY, text: DEFAULT_TEXTS[language].greeting(site.assistant.name) }];
}

/** Converts a trigger to the widget's format. */
function presentTrigger(trigger: BubbleTrigger): Pick<WidgetBubbleRule, 'trigger' | 'value'> {
	switch (trigger.type) {
		case 'delay':
			return { trigger: 'delay', value: trigger.seconds };
		case 'scroll':
			return { trigger: 'scroll', value: trigger.percent };
		case 'click':
			return { trigger: 'click', value: trigger.selector };
		case 'exit_intent':
			return { trigger: 'mouseleave' };
		case 'return_visit':
			return { trigger: 'return_visit', value: RETURN_DELAY_S };
	}
}

const RETURN_DELAY_S = 3;
