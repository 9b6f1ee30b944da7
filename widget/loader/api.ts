import type { HostEvent, LeadFields } from '../bridge.ts';
import { eventQueue, type Detail, type WidgetState } from './page-state.ts';

type Listener = (detail: { site: string } & Record<string, unknown>) => void;
export type Command = [method: string, ...values: unknown[]];

/** `window.Frontdesk`: what the page may ask of its widgets. Without a site it means the first one. */
export interface Frontdesk {
	open: (site?: string) => void;
	close: (site?: string) => void;
	toggle: (site?: string) => void;
	/** Adds what the page knows of its visitor (name, email, …) to the lead. */
	identify: (fields: LeadFields) => void;
	on: (event: HostEvent, listener: Listener) => void;
	/** Forgets a listener that `on` was given. */
	off: (event: HostEvent, listener: Listener) => void;
	/** Takes the widgets, or one site's, out of the page, until `refresh`. */
	remove: (site?: string) => void;
	/** Looks for widgets that the page has asked for since. `line`: from another copy of this script. */
	refresh: (line?: unknown) => void;
	/** Lets commands be given before this script has loaded: `(Frontdesk = window.Frontdesk || []).push(['open'])`. */
	push: (command: Command) => void;
}

declare global {
	interface Window {
		Frontdesk?: Frontdesk | Command[];
	}
}

/** What the page knows of its visitor. */
export const fields: LeadFields = {};

let listeners: [HostEvent, Listener][] = [];

/** Adds a listener. One added after `ready` is called at once. */
export function listen(event: HostEvent, listener: Listener): void {
	listeners.push([event, listener]);
	for (const [{ settings }, past] of eventQueue) {
		if (event === 'ready' && past === event) listener({ site: settings.site });
	}
}

export function unlisten(event: HostEvent, listener: Listener): void {
	listeners = listeners.filter((one) => one[0] !== event || one[1] !== listener);
}

/** Tells the page's listeners, and keeps it for the second file. */
export function tell(widget: WidgetState, event: HostEvent, detail: Detail = {}): void {
	eventQueue.push([widget, event, detail]);
	for (const [subscribed, listener] of listeners) {
		// A fault of the page's own must not stop the chat.
		if (subscribed === event) setTimeout(listener, 0, { site: widget.settings.site, ...detail });
	}
}
