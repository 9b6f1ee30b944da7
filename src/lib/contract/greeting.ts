import { z } from 'zod';
import { cleanText } from './text.ts';

export const widgetLanguage = z.enum(['en', 'es', 'fr', 'de', 'pt', 'ar']);
export type WidgetLanguage = z.infer<typeof widgetLanguage>;

/** A greeting that the AI writes. */
export interface AiGreeting {
	/** The text in the chat. */
	chat: string;
	/** The text in the bubble next to the launcher. */
	bubble: string;
}

/** Text from a form field, with readable error messages. */
export const formText = (max: number) =>
	z
		.string()
		.transform((text) => cleanText(text).trim())
		.pipe(z.string().min(1, 'fill this in').max(max, `use at most ${max} characters`));

export const wholeNumber = (min: number, max: number) => {
	const message = `enter a whole number from ${min} to ${max}`;
	return z.number(message).int(message).min(min, message).max(max, message);
};

/** A text per language. Languages without one use the site's own text. */
export const textPerLanguage = (max: number) => z.partialRecord(widgetLanguage, formText(max));
export type TextPerLanguage = Partial<Record<WidgetLanguage, string>>;

/** The event that makes the greeting appear next to the launcher. */
const bubbleTrigger = z
	.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('delay'), seconds: wholeNumber(0, 3600) }),
		/** The share of the page that the visitor has scrolled through. */
		z.strictObject({ type: z.literal('scroll'), percent: wholeNumber(1, 100) }),
		/** The pointer leaves the page at the top, as if to close the tab. */
		z.strictObject({ type: z.literal('exit_intent') }),
		z.strictObject({ type: z.literal('return_visit') }),
		/** A CSS selector. */
		z.strictObject({ type: z.literal('click'), selector: formText(200) }),
	])
	.meta({ id: 'BubbleTrigger' });
export type BubbleTrigger = z.infer<typeof bubbleTrigger>;

/** When to show a greeting on certain pages, and which one. */
export const bubbleRule = z
	.strictObject({
		key: z.string().regex(/^[a-z0-9_-]{1,40}$/),
		/** Paths such as `/pricing`; `*` matches anything. */
		pages: formText(500),
		trigger: bubbleTrigger,
		/** The greeting on these pages. Null uses the site's. */
		text: formText(1000).nullable().default(null),
		translations: textPerLanguage(1000).default({}),
	})
	.meta({ id: 'BubbleRule' });
export type BubbleRule = z.infer<typeof bubbleRule>;

const bubbleRules = <Rule extends typeof bubbleRule>(rule: Rule) =>
	z
		.array(rule)
		.max(20)
		.refine((rules) => new Set(rules.map(({ key }) => key)).size === rules.length, {
			message: 'each rule needs a unique key',
		});

/** The greeting next to the launcher of a closed widget. On each page, the first rule that matches applies, with all rules that have the same path. */
export const greetingBubble = z
	.strictObject({ is_enabled: z.boolean(), rules: bubbleRules(bubbleRule) })
	.meta({ id: 'GreetingBubble' });
export const greetingBubbleInput = z
	.strictObject({
		is_enabled: z.boolean(),
		rules: bubbleRules(z.strictObject(bubbleRule.shape).meta({ id: 'BubbleRuleInput' })),
	})
	.meta({ id: 'GreetingBubbleInput' });
export type GreetingBubble = z.infer<typeof greetingBubble>;

/** Returns a rule's pages as a regular expression for `location.pathname`. A trailing slash makes no difference. */
export function toPathPattern(pages: string): string {
	const path = pages.replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*$/, '');
	const [first = '', ...rest] = path
		.replace(/\/+$/, '')
		.split(/\*+/)
		.map((part) => encodePath(part).replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
	const last = rest.pop();
	// A lookahead doesn't backtrack, so that no path takes exponential time.
	const middle = rest.map((part, index) => `(?=(.*?${part}))\\${index + 1}`);
	return `^${first}${middle.join('')}${last === undefined ? '' : `.*${last}`}/?$`;
}

/** Encodes a path as browsers do, since admins type it unencoded. */
const encodePath = (path: string) => encodeURI(path).replaceAll('%25', '%');

/** Returns whether a page's path matches a rule. */
export const matchesPath = (pages: string, pathname: string): boolean =>
	new RegExp(toPathPattern(pages)).test(pathname);

/**
 * Returns which of `count` greetings a visitor sees: always the same for the same id. The id must be random (UUID version
 * 4). The widget uses the same algorithm (widget/loader/later/greet.ts).
 */
export const pickVariantIndex = (visitorId: string, count: number): number =>
	Number.parseInt(visitorId.slice(-8), 16) % count;

/** A greeting for the bubble. `key` identifies it when the chat starts; null if the chat starts with a different greeting. */
const widgetGreeting = z.object({ key: z.string().nullable(), text: z.string() });

/** A bubble rule, as sent to the widget. */
const widgetBubbleRule = z.object({
	/** A regular expression for the page's path. The first rule that matches applies, with all rules that have the same one. */
	path: z.string(),
	trigger: z.enum(['delay', 'scroll', 'mouseleave', 'click', 'return_visit']),
	/** Seconds, percent of the page, or a CSS selector. */
	value: z.union([z.number(), z.string()]).optional(),
	/** One greeting, or the variants of an A/B test. */
	greetings: z.array(widgetGreeting).min(1),
});
export type WidgetBubbleRule = z.infer<typeof widgetBubbleRule>;

export const widgetBubble = z
	.object({
		rules: z.array(widgetBubbleRule),
		/** An id for visitors without one. */
		visitor_id: z.uuid(),
	})
	.meta({ id: 'ShownGreetingBubble' });
export type WidgetBubble = z.infer<typeof widgetBubble>;
