import type { Host } from './host';

// CUBOT makes telephones.
const CRAWLER = /(^|[^u])bot\b|crawl|spider|slurp/i;

/** Resolves when a person is there to be greeted: never for crawlers and prefetched pages. */
export async function untilWanted(host: Host | null): Promise<void> {
	if (CRAWLER.test(navigator.userAgent)) return new Promise(() => undefined);
	await whenVisible();
	if (host?.mode === 'launcher') {
		if (!host.is_open) await new Promise<void>((resolve) => host.on({ open: () => resolve() }));
	} else if (window.parent !== window) await whenInSight(document.body);
}

// A prerendered page is hidden, too.
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

function whenInSight(target: Element): Promise<void> {
	return new Promise((resolve) => {
		const observer = new IntersectionObserver((entries) => {
			if (!entries.some((entry) => entry.isIntersecting)) return;
			observer.disconnect();
			resolve();
		});
		observer.observe(target);
	});
}
