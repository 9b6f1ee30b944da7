import type { HostEvent } from '../../bridge.ts';
import { attempt } from '../page.ts';
import type { Detail } from '../page-state.ts';

declare global {
	interface Window {
		dataLayer?: { push?: (entry: Detail) => void };
		gtag?: (command: 'event', name: string, detail: Detail) => void;
		fbq?: (command: 'track' | 'trackCustom', name: string, detail: Detail) => void;
	}
}

/** Tells the page's tag managers, as `frontdesk_…`; Meta's pixel knows a lead by its own name. */
export function tellTags(event: HostEvent, detail: Detail): void {
	const name = `frontdesk_${event}`;
	// A fault in the page's own scripts must not stop the chat.
	attempt(() => window.dataLayer?.push?.({ event: name, frontdesk: detail }));
	attempt(() => window.gtag?.('event', name, detail));
	attempt(() =>
		event === 'lead'
			? window.fbq?.('track', 'Lead', detail)
			: window.fbq?.('trackCustom', name, detail),
	);
}
