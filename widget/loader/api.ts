import type { HostEvent, LeadFields } from '../bridge';

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
	/** Looks for widgets that the page has asked for since: after it has changed its content. */
	refresh: () => void;
	/** Lets commands be given before this script has loaded: `(Frontdesk = window.Frontdesk || []).push(['open'])`. */
	push: (command: Command) => void;
}

declare global {
	interface Window {
		Frontdesk?: Frontdesk | Command[];
		dataLayer?: { push?: (entry: Record<string, unknown>) => void };
	}
}

const listeners: [HostEvent, Listener][] = [];
const ready: string[] = [];

/** Remembers a listener; one that comes after `ready` is told at once. */
export function listen(event: HostEvent, listener: Listener): void {
	listeners.push([event, listener]);
	if (event === 'ready') for (const site of ready) listener({ site });
}

/** Tells the page's listeners, and its tag manager as `frontdesk_…`. */
export function tell(event: HostEvent, site: string, detail: Record<string, unknown> = {}): void {
	if (event === 'ready') ready.push(site);
	for (const [wanted, listener] of listeners) {
		// A fault of the page's own must not stop the chat.
		if (wanted === event) setTimeout(listener, 0, { site, ...detail });
	}
	window.dataLayer?.push?.({ event: `frontdesk_${event}`, frontdesk: { site, ...detail } });
}
