import { arrival, onNavigation, pageNow } from '../page.ts';
import type { Shown, Told } from '../told.ts';
import { invite, keepInvited, preview, withStyle, type Bubble } from './bubble.ts';
import { countEvent } from './count.ts';
import { explainSilence } from './explain.ts';
import { keepAlone, makeDialog } from './modal.ts';
import { stayOpen } from './stay-open.ts';
import { tellTags } from './tags.ts';
import { keepVisit } from './visit.ts';

/** What the page can wait for: takes over what the loader is told, beginning with what has already happened. */
export default function takeOver(told: Told[], began: typeof arrival): void {
	// A single-page site may have gone on since the loader came.
	Object.assign(arrival, began);
	for (const entry of told) hear(entry);
	told.push = (...entries) => {
		entries.forEach(hear);
		// Listeners that come later still learn who is ready; of the rest nothing piles up.
		const ready = entries.filter(([, event]) => event === 'ready');
		return Array.prototype.push.apply(told, ready);
	};
}

const bubbles = new Map<Told[0], Bubble>();
const counted = new Set<string>();

function hear([widget, event, detail = {}]: Told): void {
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
function complete(widget: Shown): void {
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
