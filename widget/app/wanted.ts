import type { Host } from './host.ts';

// CUBOT makes telephones.
const CRAWLER = /(^|[^u])bot\b|crawl|spider|slurp/i;

/**
 * Resolves when a person is there to be greeted: never for crawlers and prefetched pages; where being in sight is not
 * enough, when the chat is touched.
 */
export async function untilWanted(host: Host | null, isUntouchedEnough: boolean): Promise<void> {
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
