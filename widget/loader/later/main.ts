import { arrival, onNavigation, pageNow, warn, doc, isSmall, attempt } from '../page.ts';
import type { WidgetState, QueuedEvent, Detail } from '../page-state.ts';
import { invite, keepInvited, preview, withStyle, type Bubble } from './bubble.ts';
import { countEvent } from './count.ts';
import { keepVisit } from './visit.ts';
import type { HostEvent } from '../../bridge.ts';

/** Handles the events that the loader queued, then every later one. */
export default function takeOver(eventQueue: QueuedEvent[], began: typeof arrival): void {
	// A single-page site may have navigated since the loader ran.
	Object.assign(arrival, began);
	for (const entry of eventQueue) handle(entry);
	eventQueue.push = (...entries) => {
		entries.forEach(handle);
		// Keeps `ready` for listeners that are added later, and drops the rest so that nothing accumulates.
		const ready = entries.filter(([, event]) => event === 'ready');
		return Array.prototype.push.apply(eventQueue, ready);
	};
}

const bubbles = new Map<QueuedEvent[0], Bubble>();
const counted = new Set<string>();

function handle([widget, event, detail = {}]: QueuedEvent): void {
	if (typeof event !== 'string') {
		bubbles.get(widget)?.();
		bubbles.set(widget, preview(widget, event.count, event.preview));
		return;
	}
	if (event === 'opened') {
		bubbles.get(widget)?.();
		preview(widget, 0, '');
		if (widget.look?.invitation) keepInvited(widget);
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
	withStyle(widget);
	makeDialog(widget);
	explainSilence(widget);
	stayOpen(widget);
	if (place) {
		// A chat in the page is always open, so opening it scrolls to it.
		widget.set = (isToOpen = true) => isToOpen && place.scrollIntoView({ block: 'nearest' });
	}
	void invite(widget).then((bubble) => bubble && bubbles.set(widget, bubble));
	onNavigation(() => frame.post({ type: 'page', ...pageNow() }));
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
				`the chat of ${widget.origin} does not answer. Look at the errors above: this page's Content-Security-Policy (frame-src), its sandbox, or the site's allowed origins (Settings, Sites, Embed) may forbid it.`,
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
function makeDialog({ launcher, look }: WidgetState): void {
	if (!launcher) return;
	const { button, panel } = launcher;
	button.ariaHasPopup = panel.role = 'dialog';
	panel.ariaLabel = look?.header_text ?? 'Chat';
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
	const wasOpen = () => attempt(() => sessionStorage.getItem(key) !== null) ?? false;
	const clear = () => attempt(() => sessionStorage.removeItem(key));
	if (wasOpen() && !isSmall()) set(true, true);
	clear();
	addEventListener('pagehide', () => {
		if (launcher.button.ariaExpanded === 'true') attempt(() => sessionStorage.setItem(key, '1'));
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
	attempt(() =>
		event === 'lead'
			? window.fbq?.('track', 'Lead', detail)
			: window.fbq?.('trackCustom', name, detail),
	);
}
