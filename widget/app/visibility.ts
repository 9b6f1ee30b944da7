import type { Host } from './host.ts';

// CUBOT is a phone brand.
const CRAWLER = /(^|[^u])bot\b|crawl|spider|slurp/i;

/**
 * Resolves once a visitor can see the chat and should be greeted. Never resolves for crawlers and prefetched pages.
 * Unless `isUntouchedEnough`, it waits until the visitor interacts with the chat.
 */
export async function untilVisitorPresent(
	host: Host | null,
	isUntouchedEnough: boolean,
): Promise<void> {
	if (CRAWLER.test(navigator.userAgent)) return new Promise(() => undefined);
	await whenVisible();
	if (host?.mode === 'launcher') {
		if (!host.is_open) await new Promise<void>((resolve) => host.on({ open: () => resolve() }));
	} else if (!isUntouchedEnough) await whenTouched();
	else if (window.parent !== window) await whenInSight(document.body);
}

function whenTouched(): Promise<void> {
	return new Promise((resolve) => {
		for (const sign of ['pointerdown', 'keydown', 'input']) {
			addEventListener(sign, () => resolve(), { once: true });
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
