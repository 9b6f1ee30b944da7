import type { HostEvent, LeadFields } from '../bridge.ts';
import { eventQueue, type Detail, type WidgetState } from './widget-state.ts';

type Listener = (detail: { site: string } & Record<string, unknown>) => void;
export type Command = [method: string, ...values: unknown[]];

/** `window.Frontdesk`, the page's API. Without a `site`, a method applies to the first widget. */
export interface Frontdesk {
	open: (site?: string) => void;
	close: (site?: string) => void;
	toggle: (site?: string) => void;
	/** Adds the visitor's details that the page knows (name, email, …) to the lead. */
	identify: (fields: LeadFields) => void;
	on: (event: HostEvent, listener: Listener) => void;
	/** Removes a listener added with `on`. */
	off: (event: HostEvent, listener: Listener) => void;
	/** Removes all widgets, or one site's, from the page until `refresh`. */
	remove: (site?: string) => void;
	/** Adds widgets that the page has requested since the last call. `settings` are those of another copy of this script. */
	refresh: (settings?: unknown) => void;
	/** Accepts commands before this script has loaded: `(Frontdesk = window.Frontdesk || []).push(['open'])`. */
	push: (command: Command) => void;
}

declare global {
	interface Window {
		Frontdesk?: Frontdesk | Command[];
	}
}

/** The visitor's details that the page has provided. */
export const fields: LeadFields = {};

let listeners: [HostEvent, Listener][] = [];

/** Adds a listener. A `ready` listener is also called for each widget that is ready already. */
export function listen(event: HostEvent, listener: Listener): void {
	listeners.push([event, listener]);
	for (const [{ settings }, pastEvent] of eventQueue) {
		if (event === 'ready' && pastEvent === event) listener({ site: settings.site });
	}
}

export function unlisten(event: HostEvent, listener: Listener): void {
	listeners = listeners.filter((entry) => entry[0] !== event || entry[1] !== listener);
}

/** Calls the page's listeners, and queues the event for the deferred script. */
export function publish(widget: WidgetState, event: HostEvent, detail: Detail = {}): void {
	eventQueue.push([widget, event, detail]);
	for (const [name, listener] of listeners) {
		// An error in a listener must not stop the chat.
		if (name === event) setTimeout(listener, 0, { site: widget.settings.site, ...detail });
	}
}
