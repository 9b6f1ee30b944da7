import { fields, listen, unlisten, type Command, type Frontdesk } from './api.ts';
import { tryOrNull, doc, warn } from './page.ts';
import { findPlacements, isPlainObject, scriptSettings } from './settings.ts';
import { loadDeferredScript } from './widget-state.ts';
import { createWidget, type Widget } from './widget.ts';

let widgets: Widget[] = [];
/** API calls made before the first widget is ready; null afterwards. */
let queuedCalls: (() => void)[] | null = [];

const whenReady =
	<T>(call: (value: T) => void) =>
	(value: T): void => {
		if (queuedCalls) queuedCalls.push(() => call(value));
		else call(value);
	};
const createSetter = (shouldOpen?: boolean) =>
	whenReady((site?: string) =>
		widgets.find((widget) => !site || widget.settings.site === site)?.set(shouldOpen),
	);

const api: Frontdesk = {
	open: createSetter(true),
	close: createSetter(false),
	toggle: createSetter(),
	identify(newFields) {
		Object.assign(fields, newFields);
		for (const { frame } of widgets) frame.post({ type: 'identify', fields });
	},
	on: listen,
	off: unlisten,
	remove: whenReady((site) =>
		widgets.forEach((widget) => (!site || widget.settings.site === site) && widget.remove()),
	),
	refresh(settings) {
		if (isPlainObject(settings)) scriptSettings.push(settings);
		refresh(true);
	},
	push: (command: Command) =>
		// An invalid command must not stop the chat.
		tryOrNull(() => {
			const [method, ...values] = command;
			(api as unknown as Record<string, (...values: unknown[]) => void>)[method]?.(...values);
		}),
};

/**
 * Adds missing widgets and reattaches detached ones. Returns the number reattached. With `shouldRestoreRemoved`, also restores
 * widgets removed with `remove`.
 */
function refresh(shouldRestoreRemoved?: boolean): number {
	widgets = widgets.filter(
		({ place, settings, isRemoved, launcher }) =>
			// Without `onclick`, `document.open` has removed the listeners, so the launcher is created again.
			launcher?.button.onclick !== null &&
			(!place || (place.isConnected && place.dataset['frontdesk'] === settings.site)) &&
			!(isRemoved && shouldRestoreRemoved),
	);
	for (const placement of findPlacements()) {
		const { settings, place, origin } = placement;
		const { site } = settings;
		const frameUrl = `${origin}/embed/${site}`;
		// A chat that is already embedded in the page, even in the page's own iframe, needs no launcher.
		if (
			widgets.some(
				(widget) => widget.settings.site === site && (!place || widget.place === place),
			) ||
			(!place && doc.querySelector(`[src="${frameUrl}"],[src^="${frameUrl}?"]`))
		)
			continue;
		const widget = createWidget(placement);
		widgets.push(widget);
		widget.show().catch(warn);
	}
	return widgets.filter((widget) => widget.attach()).length;
}

function start(): void {
	// Changes are batched, because pages often change many nodes at the same time.
	let delayMs = 50;
	let timer: unknown;
	const scheduleRefresh = () => {
		timer ??= setTimeout(() => {
			timer = undefined;
			if (!refresh()) return;
			// Backs off, because a script on the page may remove the widget every time.
			delayMs *= 2;
			setTimeout(() => (delayMs /= 2), 60_000);
		}, delayMs);
	};
	// Single-page apps replace parts of the body, or the whole document.
	new MutationObserver(scheduleRefresh).observe(document, {
		childList: true,
		subtree: true,
		attributeFilter: ['data-frontdesk'],
	});
	refresh();
	if (!widgets[0]) warn('no site set on this page');
}

const existing: unknown = window.Frontdesk;
if (isPlainObject(existing)) (existing as Frontdesk).refresh(scriptSettings[0]);
else {
	// The timeout covers pages that are never idle. The call throws in browsers without the function, even if an
	// element with that id takes its name.
	const whenIdle = (callback: () => unknown): unknown =>
		tryOrNull(() => requestIdleCallback(callback, { timeout: 2000 })) ?? setTimeout(callback);
	listen('ready', () => {
		queuedCalls?.forEach((call) => call());
		if (queuedCalls) whenIdle(loadDeferredScript);
		queuedCalls = null;
	});
	window.Frontdesk = api;
	if (Array.isArray(existing)) existing.forEach(api.push);
	// Starts after the page has loaded, or after five seconds.
	void new Promise((resolve) => {
		if (doc.readyState === 'complete') resolve(0);
		addEventListener('load', resolve);
		setTimeout(resolve, 5000);
	}).then(() => whenIdle(start));
}
