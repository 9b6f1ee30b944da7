import type { WidgetState } from '../widget-state.ts';
import { attempt, isCrawler, pageContext } from './helpers.ts';

/** Reports to the funnel that the widget was shown or opened. Skips crawlers; on a hidden page, waits until it is visible. */
export function countEvent({ origin, settings }: WidgetState, event: 'shown' | 'opened'): void {
	if (isCrawler()) return;
	whenVisible(() => {
		// The server reads the campaign from the URLs.
		const { landing_url, referrer, page_url } = pageContext();
		const body = JSON.stringify({
			site: settings.site,
			event,
			context: { landing_url, referrer, page_url },
		});
		// Sent as plain text, because JSON would require a CORS preflight.
		attempt(() => navigator.sendBeacon(`${origin}/api/embed-chat/events`, body));
	});
}

// Prerendered pages are hidden as well.
function whenVisible(run: () => void): void {
	if (!document.hidden) return run();
	document.addEventListener('visibilitychange', () => whenVisible(run), { once: true });
}
