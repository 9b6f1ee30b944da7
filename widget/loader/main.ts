import { fields, listen, unlisten, type Command, type Frontdesk } from './api.ts';
import { attempt, doc, warn } from './page.ts';
import { findPlacements, isPlain, lines } from './settings.ts';
import { fetchLater } from './page-state.ts';
import { makeWidget, type Widget } from './widget.ts';

let widgets: Widget[] = [];
/** Calls made before there is a widget; null once there is one. */
let waiting: (() => void)[] | null = [];

const later =
	<T>(act: (value: T) => void) =>
	(value: T): void => {
		if (waiting) waiting.push(() => act(value));
		else act(value);
	};
const set = (isToOpen?: boolean) =>
	later((site?: string) =>
		widgets.find((one) => !site || one.settings.site === site)?.set(isToOpen),
	);

const api: Frontdesk = {
	open: set(true),
	close: set(false),
	toggle: set(),
	identify(more) {
		Object.assign(fields, more);
		for (const { frame } of widgets) frame.post({ type: 'identify', fields });
	},
	on: listen,
	off: unlisten,
	remove: later((site) =>
		widgets.forEach((one) => (!site || one.settings.site === site) && one.remove()),
	),
	refresh(line) {
		if (isPlain(line)) lines.push(line);
		refresh(true);
	},
	push: (command: Command) =>
		// An invalid command must not stop the chat.
		attempt(() => {
			const [method, ...values] = command;
			(api as unknown as Record<string, (...values: unknown[]) => void>)[method]?.(...values);
		}),
};

/** Adds missing widgets, and reattaches those that the page lost. With `isAskedFor`, also those that it removed. */
function refresh(isAskedFor?: boolean): number {
	widgets = widgets.filter(
		({ place, settings, isGone, launcher }) =>
			// `document.open` removes all listeners.
			launcher?.button.onclick !== null &&
			(!place || (place.isConnected && place.dataset['frontdesk'] === settings.site)) &&
			!(isGone && isAskedFor),
	);
	for (const placement of findPlacements()) {
		const { settings, place, origin } = placement;
		const { site } = settings;
		const address = `${origin}/embed/${site}`;
		// A chat that is already embedded in the page, even in the page's own iframe, needs no launcher.
		if (
			widgets.some((one) => one.settings.site === site && (!place || one.place === place)) ||
			(!place && doc.querySelector(`[src="${address}"],[src^="${address}?"]`))
		)
			continue;
		const widget = makeWidget(placement);
		widgets.push(widget);
		widget.show().catch(warn);
	}
	return widgets.filter((widget) => widget.attach()).length;
}

function start(): void {
	// Pages often change many nodes at the same time.
	let pause = 50;
	let timer: unknown;
	const changed = () => {
		timer ??= setTimeout(() => {
			timer = undefined;
			if (!refresh()) return;
			// A script may remove the widget every time, so it is reattached less and less often.
			pause *= 2;
			setTimeout(() => (pause /= 2), 60_000);
		}, pause);
	};
	// Single-page sites replace parts of the body, or the whole document.
	new MutationObserver(changed).observe(document, {
		childList: true,
		subtree: true,
		attributeFilter: ['data-frontdesk'],
	});
	refresh();
	if (!widgets[0]) warn('no site named on this page');
}

const present: unknown = window.Frontdesk;
if (isPlain(present)) (present as Frontdesk).refresh(lines[0]);
else {
	// A page that is never quiet gets the chat all the same. Where a browser lacks the function, or `<a
	// id="requestIdleCallback">` stands in its place, the call throws.
	const whenQuiet = (act: () => unknown): unknown =>
		attempt(() => requestIdleCallback(act, { timeout: 2000 })) ?? setTimeout(act);
	listen('ready', () => {
		waiting?.forEach((act) => act());
		if (waiting) whenQuiet(fetchLater);
		waiting = null;
	});
	window.Frontdesk = api;
	if (Array.isArray(present)) present.forEach(api.push);
	// Starts after the page's own content has loaded.
	void new Promise((settle) => {
		if (doc.readyState === 'complete') settle(0);
		addEventListener('load', settle);
		setTimeout(settle, 5000);
	}).then(() => whenQuiet(start));
}
