import type { WidgetState } from '../page-state.ts';
import { showBubble } from './bubble.ts';
import { attempt, doc, isCrawler, onNavigation, readEntries, writeEntry } from './helpers.ts';
import { isReturning } from './visit.ts';

type Rule = NonNullable<NonNullable<WidgetState['look']>['greeting_bubble']>['rules'][number];

const prefixOf = ({ origin, settings }: WidgetState) => `frontdesk:${origin}:${settings.site}:`;

/** Remembers that the visitor closed the greeting or opened the chat, so that they aren't greeted again. */
export function keepGreeted(widget: WidgetState): void {
	// For pages without storage.
	widget.isGreeted = true;
	writeEntry(`${prefixOf(widget)}invited`, '1');
	keepVisitor(widget);
}

/** The visitor's id determines which of several greetings they see, also in later chats. */
function keepVisitor(widget: WidgetState): void {
	if (widget.visitor_id) writeEntry(`${prefixOf(widget)}visitor`, widget.visitor_id);
}

/** Tells the frame which greeting the visitor has seen, before it starts the chat. */
export const tellGreeting = ({ frame, greeting_key }: WidgetState) =>
	greeting_key && frame.post({ type: 'greeting', greeting_key });

/** Shows the site's greeting beside the launcher when a rule for the page says so, until the visitor closes it or chats. */
export function greet(widget: WidgetState): void {
	const { look, launcher } = widget;
	const { rules, visitor_id = '' } = look?.greeting_bubble ?? {};
	if (!rules || !launcher || isCrawler()) return;
	let path: string | undefined;
	let armed = new AbortController();

	const fire = ({ greetings }: Rule) => {
		const entries = readEntries(prefixOf(widget)) ?? {};
		if (
			widget.isGreeted ||
			entries['invited'] ||
			entries['session'] ||
			launcher.button.ariaExpanded === 'true'
		)
			return;
		armed.abort();
		widget.visitor_id ??= entries['visitor'] ?? visitor_id;
		if (look?.has_storage_before_interaction) keepVisitor(widget);
		const greeting = pick(greetings, widget.visitor_id);
		widget.greeting_key = greeting?.key;
		showBubble(widget, greeting?.text, { touched: () => keepGreeted(widget) });
	};
	const arm = () => {
		// The rules of the first path that matches the page apply.
		const next = rules.find((rule) => attempt(() => new RegExp(rule.path).test(location.pathname)));
		// A greeting that is shown or due stays across pages with the same rules.
		if (path && next?.path === path) return;
		armed.abort();
		if (path) widget.bubble?.remove();
		path = next?.path;
		armed = new AbortController();
		for (const rule of rules) if (rule.path === path) start(rule, armed.signal, () => fire(rule));
	};
	arm();
	onNavigation(arm);
}

/** The same choice as on the server (`variantIndex` in src/lib/contract/greeting.ts). */
const pick = (greetings: Rule['greetings'], visitor: string) =>
	greetings[parseInt(visitor.slice(-8), 16) % greetings.length];

/** Calls `fire` on the rule's trigger, until `signal` is aborted. */
function start({ trigger, value = 0 }: Rule, signal: AbortSignal, fire: () => void): void {
	const amount = value as number;
	const tests: Partial<Record<Rule['trigger'], (event: MouseEvent) => unknown>> = {
		scroll: () => scrollY + innerHeight >= (doc.documentElement.scrollHeight * amount) / 100,
		mouseleave: ({ clientY }) => clientY <= 0,
		click: ({ target }) => (target as Element).closest(value as string),
	};
	const test = tests[trigger];
	if (test) {
		const check = (event: Event) => attempt(() => test(event as MouseEvent)) && fire();
		addEventListener(trigger, check, { signal, capture: true });
	} else if (trigger === 'delay' || isReturning()) {
		setTimeout(() => signal.aborted || fire(), amount * 1000);
	}
}
