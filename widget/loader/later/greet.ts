import type { WidgetState } from '../widget-state.ts';
import { showBubble } from './bubble.ts';
import { attempt, doc, isCrawler, onNavigation, readEntries, writeEntry } from './helpers.ts';
import { isReturning } from './visit.ts';

type Rule = NonNullable<NonNullable<WidgetState['config']>['greeting_bubble']>['rules'][number];

/** Returns the start of this widget's keys in the page's storage. */
export const getPrefix = ({ origin, settings }: WidgetState) =>
	`frontdesk:${origin}:${settings.site}:`;

/** Stores that the visitor closed the greeting or opened the chat, so that they aren't greeted again. */
export function markGreetingDismissed(widget: WidgetState): void {
	// For pages without storage.
	widget.isGreetingDismissed = true;
	writeEntry(`${getPrefix(widget)}invited`, '1');
	storeVisitorId(widget);
}

/** Stores the visitor's id, which determines the greeting variant, in later chats too. */
function storeVisitorId(widget: WidgetState): void {
	if (widget.visitor_id) writeEntry(`${getPrefix(widget)}visitor`, widget.visitor_id);
}

/** Sends the frame the key of the greeting that the visitor has seen, before the chat starts. */
export const sendGreeting = ({ frame, greeting_key }: WidgetState) =>
	greeting_key && frame.post({ type: 'greeting', greeting_key });

/** Shows the site's greeting next to the launcher when a rule for the page triggers, until the visitor closes it or chats. */
export function greet(widget: WidgetState): void {
	const { config, launcher } = widget;
	const { rules, visitor_id = '' } = config?.greeting_bubble ?? {};
	if (!rules || !launcher || isCrawler()) return;
	let path: string | undefined;
	let controller = new AbortController();

	const show = ({ greetings }: Rule) => {
		const entries = readEntries(getPrefix(widget)) ?? {};
		if (
			widget.isGreetingDismissed ||
			entries['invited'] ||
			entries['session'] ||
			launcher.button.ariaExpanded === 'true'
		)
			return;
		controller.abort();
		widget.visitor_id ??= entries['visitor'] ?? visitor_id;
		if (config?.has_storage_before_interaction) storeVisitorId(widget);
		const greeting = pickVariant(greetings, widget.visitor_id);
		widget.greeting_key = greeting?.key;
		showBubble(widget, greeting?.text, { onClick: () => markGreetingDismissed(widget) });
	};
	const applyRules = () => {
		// The rules of the first path that matches the page apply.
		const next = rules.find((rule) => attempt(() => new RegExp(rule.path).test(location.pathname)));
		// A shown or scheduled greeting persists across pages with the same rules.
		if (path && next?.path === path) return;
		controller.abort();
		if (path) widget.bubble?.remove();
		path = next?.path;
		controller = new AbortController();
		for (const rule of rules)
			if (rule.path === path) schedule(rule, controller.signal, () => show(rule));
	};
	applyRules();
	onNavigation(applyRules);
}

/** Picks the same variant as the server (`pickVariantIndex` in src/lib/contract/greeting.ts). */
const pickVariant = (greetings: Rule['greetings'], visitorId: string) =>
	greetings[parseInt(visitorId.slice(-8), 16) % greetings.length];

/** Calls `onTrigger` whenever the rule triggers, until `signal` is aborted. */
function schedule({ trigger, value = 0 }: Rule, signal: AbortSignal, onTrigger: () => void): void {
	const amount = value as number;
	const tests: Partial<Record<Rule['trigger'], (event: MouseEvent) => unknown>> = {
		scroll: () => scrollY + innerHeight >= (doc.documentElement.scrollHeight * amount) / 100,
		mouseleave: ({ clientY }) => clientY <= 0,
		click: ({ target }) => (target as Element).closest(value as string),
	};
	const test = tests[trigger];
	if (test) {
		const check = (event: Event) => attempt(() => test(event as MouseEvent)) && onTrigger();
		addEventListener(trigger, check, { signal, capture: true });
	} else if (trigger === 'delay' || isReturning()) {
		setTimeout(() => signal.aborted || onTrigger(), amount * 1000);
	}
}
