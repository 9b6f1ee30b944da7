import { arrival, onNavigation, pageNow } from '../page.ts';
import type { WidgetState, QueuedEvent } from '../page-state.ts';
import { invite, keepInvited, preview, withStyle, type Bubble } from './bubble.ts';
import { countEvent } from './count.ts';
import { explainSilence } from './explain.ts';
import { keepAlone, makeDialog } from './modal.ts';
import { stayOpen } from './stay-open.ts';
import { tellTags } from './tags.ts';
import { keepVisit } from './visit.ts';

/** Handles the events that the loader queued, then every later one. */
export default function takeOver(eventQueue: QueuedEvent[], began: typeof arrival): void {
	// A single-page site may have gone on since the loader came.
	Object.assign(arrival, began);
	for (const entry of eventQueue) handle(entry);
	eventQueue.push = (...entries) => {
		entries.forEach(handle);
		// Listeners that come later still learn who is ready; of the rest nothing piles up.
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
	keepAlone(widget, event);
	if (event === 'ready') complete(widget);
	const counts = event === 'ready' ? 'shown' : event === 'opened' && event;
	const key = `${widget.origin} ${widget.settings.site} ${counts}`;
	if (counts && !counted.has(key)) countEvent(widget, counts);
	counted.add(key);
	if (widget.settings.tags !== 'off') tellTags(event, { site: widget.settings.site, ...detail });
}

/** What a widget has beside what shows it. */
function complete(widget: WidgetState): void {
	const { place, frame } = widget;
	withStyle(widget);
	makeDialog(widget);
	explainSilence(widget);
	stayOpen(widget);
	if (place) {
		// A chat in the page is always open: to open it is to show where.
		widget.set = (isToOpen = true) => isToOpen && place.scrollIntoView({ block: 'nearest' });
	}
	void invite(widget).then((bubble) => bubble && bubbles.set(widget, bubble));
	onNavigation(() => frame.post({ type: 'page', ...pageNow() }));
}
