import { readTrackedParams, TRACKED_PARAMS } from '#lib/contract/tracking.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import { listBrowserLocales, getBrowserTimeZone } from '#lib/locale.ts';
import { language, params } from './boot.ts';
import type { Host } from './host.ts';

/** Limits the payload. The server truncates values further. */
const MAX_LENGTH = 4000;
const URL_FIELDS = ['page_url', 'landing_url', 'referrer'] as const;

/** Returns what is known about the visitor without asking: from the loader, or else from this page's URL. */
export function getVisitorContext(host: Host | null): VisitorContext {
	const page = host?.context ?? getOwnPage();
	const context: VisitorContext = {
		viewport: `${innerWidth}x${innerHeight}`,
		...page,
		page_title: page.page_title?.slice(0, 300),
		// Without extensions, which can exceed the server's limit.
		language: listBrowserLocales()[0]
			?.replace(/-[tux]-.*/, '')
			.slice(0, 35),
		widget_language: language,
		greeting_key: host?.greeting_key,
		time_zone: getBrowserTimeZone(),
		device: detectDevice(page.viewport),
	};
	for (const name of URL_FIELDS) context[name] = page[name]?.slice(0, MAX_LENGTH) || undefined;
	// Pages that embed a plain iframe can add tracking parameters to the frame's URL.
	const sources = [location.href, page.page_url, page.landing_url].map(readTrackedParams);
	for (const name of TRACKED_PARAMS) {
		const value = sources.map((source) => source[name]).find(Boolean);
		if (value) context[name] = value.slice(0, MAX_LENGTH);
	}
	return context;
}

function getOwnPage(): VisitorContext {
	const isFrame = window.parent !== window;
	return {
		// A frame's referrer is the embedding page, or at least its origin.
		page_url: params.get('page_url') ?? (isFrame ? document.referrer : location.href),
		page_title: params.get('page_title') ?? undefined,
		referrer: params.get('referrer') ?? (isFrame ? undefined : document.referrer),
	};
}

/** `viewport` is the host page's size, such as `390x844`, because not every frame can read the screen size. */
function detectDevice(viewport = ''): VisitorContext['device'] {
	if (!matchMedia('(pointer: coarse)').matches) return 'desktop';
	const sides = [screen.width, screen.height, ...viewport.split('x').map(Number).filter(Boolean)];
	return Math.min(...sides) < 600 ? 'phone' : 'tablet';
}
