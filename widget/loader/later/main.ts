import type { Helpers } from '../page.ts';
import type { WidgetState, QueuedEvent, Detail } from '../widget-state.ts';
import { addStyle, showBubble, showCount } from './bubble.ts';
import { countEvent } from './count.ts';
import { getPrefix, greet, markGreetingDismissed, sendGreeting } from './greet.ts';
import { attempt, doc, isPhone, onNavigation, pageContext, setHelpers, warn } from './helpers.ts';
import { storeVisit } from './visit.ts';
import type { HostEvent } from '../../bridge.ts';

/** Handles the events that the loader has queued, and every later one. */
export default function takeOverQueue(eventQueue: QueuedEvent[], helpers: Helpers): void {
	setHelpers(helpers);
	for (const entry of eventQueue) handle(entry);
	eventQueue.push = (...entries) => {
		entries.forEach(handle);
		// Keeps `ready` events for listeners added later, and drops the rest so that the queue doesn't grow.
		const ready = entries.filter(([, event]) => event === 'ready');
		return [].push.apply(eventQueue, ready as []);
	};
}

const countedEvents = new Set<string>();

function handle([widget, event, detail = {}]: QueuedEvent): void {
	if (typeof event !== 'string') {
		if (event.type === 'load') {
			widget.isConnected = true;
			sendGreeting(widget);
		}
		if (event.type === 'gone') hide(widget);
		if (event.type !== 'unread') return;
		showCount(widget, event.count);
		return showBubble(widget, event.preview, event);
	}
	if (event === 'opened') {
		showCount(widget, 0);
		widget.bubble?.remove();
		if (widget.launcher) markGreetingDismissed(widget);
		sendGreeting(widget);
	}
	storeVisit(widget, event);
	isolateOnPhone(widget);
	if (event === 'ready') completeWidget(widget);
	const funnelEvent = event === 'ready' ? 'shown' : event === 'opened' && event;
	const key = getPrefix(widget) + funnelEvent;
	if (funnelEvent && !countedEvents.has(key)) countEvent(widget, funnelEvent);
	countedEvents.add(key);
	if (widget.settings.tags !== 'off') notifyTags(event, { site: widget.settings.site, ...detail });
}

/** Adds everything that a widget doesn't need to appear, in several tasks so that none blocks a slow phone for long. */
function completeWidget(widget: WidgetState): void {
	const { place, frame } = widget;
	if (place) {
		// An inline chat is always open, so opening it scrolls to it.
		widget.set = (shouldOpen = true) => shouldOpen && place.scrollIntoView({ block: 'nearest' });
	}
	onNavigation(() => frame.post({ type: 'page', ...pageContext() }));
	for (const step of [addStyle, makeAccessible, warnIfSilent, restoreOpenState, greet])
		// Some pages replace setTimeout with a function that passes no arguments.
		setTimeout(() => step(widget));
}

/** Collapses the element of a chat whose site doesn't exist. */
function hide({ place, settings }: WidgetState): void {
	warn(`no site "${settings.site}"`);
	if (place) place.style.display = 'none';
}

const RESPONSE_TIMEOUT_MS = 10_000;

let hasWarned = false;

/** Warns once in the console why a chat may stay empty, if its frame doesn't respond. */
function warnIfSilent(widget: WidgetState): void {
	const { node } = widget.frame;
	const check = () =>
		setTimeout(() => {
			if (widget.isConnected || hasWarned || !node.isConnected) return;
			hasWarned = true;
			warn(`no response from ${widget.origin}: check frame-src, sandbox, allowed origins`);
		}, RESPONSE_TIMEOUT_MS);
	node.addEventListener('load', check);
	if (node.src) check();
}

/** Makes the page inert behind a chat that fills a phone's screen. Otherwise leaves the page alone, since it may lock scrolling itself. */
function isolateOnPhone({ launcher }: WidgetState): void {
	if (!launcher) return;
	const { button, panel } = launcher;
	const isCovered = button.ariaExpanded === 'true' && isPhone();
	if (isCovered === doc.body.inert) return;
	panel.ariaModal = `${isCovered}`;
	doc.documentElement.style.overflow = isCovered ? 'hidden' : '';
	doc.body.inert = isCovered;
}

/** Makes the panel a labeled dialog for screen readers. On a phone, keeps it above the on-screen keyboard. */
function makeAccessible({ launcher }: WidgetState): void {
	if (!launcher) return;
	const { button, panel } = launcher;
	button.ariaHasPopup = panel.role = 'dialog';
	panel.ariaLabel = button.ariaLabel;
	const fitAboveKeyboard = () => {
		const { height, offsetTop, scale = 2 } = (isPhone() && visualViewport) || {};
		// Pinch zoom also shrinks the visual viewport, but there is no keyboard then.
		panel.style.cssText = scale < 1.1 ? `height:${height}px;margin-top:${offsetTop}px` : '';
	};
	for (const type of ['resize', 'scroll']) visualViewport?.addEventListener(type, fitAboveKeyboard);
	fitAboveKeyboard();
}

/**
 * Keeps an open panel open on the tab's next page, except on a phone. The state is stored only when the page is left,
 * because a tab opened from this one starts with a copy of its storage and should start closed.
 */
function restoreOpenState(widget: WidgetState): void {
	const { launcher, set } = widget;
	if (!launcher) return;
	const key = `${getPrefix(widget)}open`;
	const wasOpen = () => !!attempt(() => sessionStorage[key] as unknown);
	const clear = () => attempt(() => delete sessionStorage[key]);
	if (wasOpen() && !isPhone()) set(true, true);
	clear();
	addEventListener('pagehide', () => {
		if (launcher.button.ariaExpanded === 'true') attempt(() => (sessionStorage[key] = 1));
	});
	addEventListener('pageshow', ({ persisted }) => {
		// On a page from the back/forward cache, the visitor may have closed the panel on a later page.
		if (persisted) set(wasOpen() && !isPhone(), true);
		isolateOnPhone(widget);
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
