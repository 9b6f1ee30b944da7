import { TRACKED } from '../../tracked.ts';
import { attempt, pageContext } from '../page.ts';
import type { WidgetState } from '../page-state.ts';

// CUBOT is a phone brand.
const CRAWLER = /(^|[^u])bot\b|crawl|spider|slurp/i;

/** Counts in the funnel that the widget was shown or opened, except by crawlers and on hidden pages. */
export function countEvent({ origin, settings }: WidgetState, event: 'shown' | 'opened'): void {
	if (CRAWLER.test(navigator.userAgent)) return;
	whenVisible(() => {
		const body = JSON.stringify({ site: settings.site, event, context: source() });
		// Sent as text, because JSON would require a CORS preflight.
		attempt(() => navigator.sendBeacon(`${origin}/api/embed-chat/events`, body));
	});
}

// Prerendered pages are hidden as well.
function whenVisible(act: () => void): void {
	if (document.visibilityState === 'visible') return act();
	document.addEventListener('visibilitychange', () => whenVisible(act), { once: true });
}

function source() {
	const { landing_url = '', referrer = '', page_url = '' } = pageContext();
	const context: Record<string, string> = {
		landing_url: landing_url.slice(0, 2000),
		referrer: referrer.slice(0, 2000),
		page_url: page_url.slice(0, 2000),
	};
	for (const address of [landing_url, page_url]) {
		const params = attempt(() => new URL(address).searchParams);
		for (const name of TRACKED) {
			const value = params?.get(name);
			if (value) context[name] ??= value.slice(0, 2000);
		}
	}
	return context;
}
