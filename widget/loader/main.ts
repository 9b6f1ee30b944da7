import { listen, unlisten, type Command, type Frontdesk } from './api';
import { findWanted } from './settings';
import { fetchLater } from './told';
import { makeWidget, type Widget } from './widget';

const PATIENCE_MS = 5000;

let widgets: Widget[] = [];
/** What was asked for before there was a widget; null from the first one on. */
let waiting: (() => void)[] | null = [];

const later =
	<T>(act: (value: T) => void) =>
	(value: T): void => {
		if (waiting) waiting.push(() => act(value));
		else act(value);
	};
const pick = (site?: string) => widgets.find((widget) => !site || widget.site === site);

const api: Frontdesk = {
	open: later((site) => pick(site)?.set(true)),
	close: later((site) => pick(site)?.set(false)),
	toggle: later((site) => pick(site)?.set()),
	identify: later((fields) => widgets.forEach((widget) => widget.identify(fields))),
	on: listen,
	off: unlisten,
	remove: later((site) => widgets.forEach((one) => (!site || one.site === site) && one.remove())),
	refresh: () => refresh(true),
	push: ([method, ...values]: Command) =>
		(api as unknown as Record<string, (...values: unknown[]) => void>)[method]?.(...values),
};

/** Shows what the page asks for and does not have yet; puts back what it has lost, or when asked for, has removed. */
function refresh(isAskedFor?: boolean): void {
	widgets = widgets.filter(
		({ place, isGone }) => (!place || place.isConnected) && !(isGone && isAskedFor),
	);
	for (const wanted of findWanted()) {
		const { settings, place } = wanted;
		// Where the chat stands in the page it needs no launcher.
		const isShown = widgets.some(
			(one) => one.site === settings.site && (!place || one.place === place),
		);
		if (isShown) continue;
		const widget = makeWidget(wanted);
		widgets.push(widget);
		void widget.show();
	}
	for (const widget of widgets) widget.attach();
}

function start(): void {
	// Single-page sites change their body, or all of it.
	const changed = () => {
		refresh();
		observer.observe(document.body, { childList: true });
	};
	const observer = new MutationObserver(changed);
	observer.observe(document.documentElement, { childList: true });
	changed();
	const { navigation } = window as { navigation?: EventTarget };
	navigation?.addEventListener('navigatesuccess', () => {
		for (const widget of widgets) widget.moved();
		refresh();
	});
}

const present = window.Frontdesk;
if (present && 'refresh' in present) present.refresh();
else {
	const whenQuiet = window.requestIdleCallback ?? setTimeout;
	// After everything that the page itself is for.
	const whenIdle = () => {
		if (isDue) whenQuiet(start);
		isDue = false;
	};
	let isDue = true;
	listen('ready', () => {
		waiting?.forEach((act) => act());
		if (waiting) whenQuiet(() => void fetchLater(widgets[0]?.origin ?? ''));
		waiting = null;
	});
	window.Frontdesk = api;
	present?.forEach(api.push);
	if (document.readyState === 'complete') whenIdle();
	addEventListener('load', whenIdle);
	setTimeout(whenIdle, PATIENCE_MS);
}
