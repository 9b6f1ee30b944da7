import type { Host } from './host.ts';

// Excludes CUBOT, a phone brand.
const CRAWLER = /(^|[^u])bot\b|crawl|spider|slurp/i;

/**
 * Resolves once a visitor can see the chat and should be greeted. Never resolves for crawlers or pages that are never shown.
 * Without `canStartBeforeInteraction`, an embedded or full-page chat waits until the visitor interacts with it.
 */
export async function whenVisitorPresent(
	host: Host | null,
	canStartBeforeInteraction: boolean,
): Promise<void> {
	if (CRAWLER.test(navigator.userAgent)) return new Promise(() => undefined);
	await whenVisible();
	if (host?.mode === 'launcher') {
		if (!host.is_open) await new Promise<void>((resolve) => host.on({ open: () => resolve() }));
	} else if (!canStartBeforeInteraction) await whenInteracted();
	else if (window.parent !== window) await whenInViewport(document.body);
}

function whenInteracted(): Promise<void> {
	return new Promise((resolve) => {
		for (const type of ['pointerdown', 'keydown', 'input']) {
			addEventListener(type, () => resolve(), { once: true });
		}
	});
}

// Prerendered pages are hidden as well.
function whenVisible(): Promise<void> {
	return new Promise((resolve) => {
		const check = () => {
			if (document.visibilityState !== 'visible') return;
			document.removeEventListener('visibilitychange', check);
			resolve();
		};
		document.addEventListener('visibilitychange', check);
		check();
	});
}

function whenInViewport(target: Element): Promise<void> {
	return new Promise((resolve) => {
		const observer = new IntersectionObserver((entries) => {
			if (!entries.some((entry) => entry.isIntersecting)) return;
			observer.disconnect();
			resolve();
		});
		observer.observe(target);
	});
}
