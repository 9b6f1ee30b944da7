import type { Helpers } from '../page.ts';
import type { WidgetState, QueuedEvent, Detail } from '../page-state.ts';
import { addStyle, showBubble, showCount } from './bubble.ts';
import { countEvent } from './count.ts';
import { greet, keepGreeted, tellGreeting } from './greet.ts';
import { attempt, doc, isSmall, onNavigation, pageContext, receive, warn } from './helpers.ts';
import { keepVisit } from './visit.ts';
import type { HostEvent } from '../../bridge.ts';

/** Handles the events that the loader queued, then every later one. */
export default function takeOver(eventQueue: QueuedEvent[], helpers: Helpers): void {
	receive(helpers);
	for (const entry of eventQueue) handle(entry);
	eventQueue.push = (...entries) => {
		entries.forEach(handle);
		// Keeps `ready` for listeners that are added later, and drops the rest so that nothing accumulates.
		const ready = entries.filter(([, event]) => event === 'ready');
		return Array.prototype.push.apply(eventQueue, ready);
	};
}

const counted = new Set<string>();

function handle([widget, event, detail = {}]: QueuedEvent): void {
	if (typeof event !== 'string') {
		if (event.type === 'load') {
			widget.isConnected = true;
			tellGreeting(widget);
		}
		if (event.type === 'gone') hide(widget);
		if (event.type !== 'unread') return;
		showCount(widget, event.count);
		return showBubble(widget, event.preview, event);
	}
	if (event === 'opened') {
		showCount(widget, 0);
		widget.bubble?.remove();
		if (widget.launcher) keepGreeted(widget);
		tellGreeting(widget);
	}
	keepVisit(widget, event);
	isolateOnPhone(widget, event);
	if (event === 'ready') complete(widget);
	const counts = event === 'ready' ? 'shown' : event === 'opened' && event;
	const key = `${widget.origin} ${widget.settings.site} ${counts}`;
	if (counts && !counted.has(key)) countEvent(widget, counts);
	counted.add(key);
	if (widget.settings.tags !== 'off') notifyTags(event, { site: widget.settings.site, ...detail });
}

/** Adds everything that a widget doesn't need to appear. */
function complete(widget: WidgetState): void {
	const { place, frame } = widget;
	addStyle(widget);
	makeDialog(widget);
	explainSilence(widget);
	stayOpen(widget);
	if (place) {
		// A chat in the page is always open, so opening it scrolls to it.
		widget.set = (isToOpen = true) => isToOpen && place.scrollIntoView({ block: 'nearest' });
	}
	greet(widget);
	onNavigation(() => frame.post({ type: 'page', ...pageContext() }));
}

/** Collapses the place of a chat whose site doesn't exist. */
function hide({ place, settings }: WidgetState): void {
	warn(`no site "${settings.site}"`);
	if (place) place.style.display = 'none';
}

const PATIENCE_MS = 10_000;

let isExplained = false;

/** Explains in the console, once, why a chat may stay empty. */
function explainSilence(widget: WidgetState): void {
	const { node } = widget.frame;
	const check = () =>
		setTimeout(() => {
			if (widget.isConnected || isExplained || !node.isConnected) return;
			isExplained = true;
			warn(
				`the chat of ${widget.origin} does not answer: check frame-src, sandbox and the site's allowed origins`,
			);
		}, PATIENCE_MS);
	node.addEventListener('load', check);
	if (node.src) check();
}

/** Makes the page inert below a chat that fills a phone's screen. */
function isolateOnPhone({ launcher }: WidgetState, event: HostEvent): void {
	if (!launcher || (event !== 'opened' && event !== 'closed')) return;
	const isCovered = event === 'opened' && isSmall();
	doc.documentElement.style.overflow = isCovered ? 'hidden' : '';
	doc.body.inert = isCovered;
	launcher.panel.ariaModal = `${isCovered}`;
}

/** Labels the panel for screen readers. On a phone, ends it above the keyboard. */
function makeDialog({ launcher }: WidgetState): void {
	if (!launcher) return;
	const { button, panel } = launcher;
	button.ariaHasPopup = panel.role = 'dialog';
	panel.ariaLabel = button.ariaLabel;
	const follow = () => {
		const { height, offsetTop } = (isSmall() && visualViewport) || {};
		panel.style.cssText = height ? `height:${height}px;margin-top:${offsetTop}px` : '';
	};
	for (const sign of ['resize', 'scroll']) visualViewport?.addEventListener(sign, follow);
	follow();
}

/**
 * Keeps an open panel open on the tab's next page, except on a phone. Stored when the page is left, because a tab opened
 * from this one starts with a copy of its storage and should start closed.
 */
function stayOpen({ launcher, origin, settings, set }: WidgetState): void {
	if (!launcher) return;
	const key = `frontdesk:${origin}:${settings.site}:open`;
	const wasOpen = () => !!attempt(() => sessionStorage[key] as unknown);
	const clear = () => attempt(() => delete sessionStorage[key]);
	if (wasOpen() && !isSmall()) set(true, true);
	clear();
	addEventListener('pagehide', () => {
		if (launcher.button.ariaExpanded === 'true') attempt(() => (sessionStorage[key] = 1));
	});
	addEventListener('pageshow', ({ persisted }) => {
		// The page comes from the back/forward cache, and the visitor may have closed the panel on a later page.
		if (persisted) set(wasOpen() && !isSmall(), true);
		clear();
	});
}

declare global {
	interface Window {
		dataLayer?: { push?: (entry: Detail) => void };
		gtag?: (command: 'event', name: string, detail: Detail) => void;
		fbq?: (command: 'track' | 'trackCustom', name: string, detail: Detail) => void;
	}
}

/** Sends the event to the page's tag managers as `frontdesk_…`; Meta's pixel has its own name for a lead. */
function notifyTags(event: HostEvent, detail: Detail): void {
	const name = `frontdesk_${event}`;
	// An error in the page's own scripts must not stop the chat.
	attempt(() => window.dataLayer?.push?.({ event: name, frontdesk: detail }));
	attempt(() => window.gtag?.('event', name, detail));
	const isLead = event === 'lead';
	attempt(() => window.fbq?.(isLead ? 'track' : 'trackCustom', isLead ? 'Lead' : name, detail));
}
