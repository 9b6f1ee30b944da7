import type { Page } from 'playwright-core';

const KB = 1024;
/** The inbox's first load on November 29, 2026, before parts that aren't visible at first were deferred. */
export const FIRST_LOAD_BEFORE = { parsedKilobytes: 853, transferredKilobytes: 355 };

/** The JavaScript that a page loads before the browser is idle. */
export interface FirstLoad {
	files: number;
	/** Decoded size in KB. */
	parsedKilobytes: number;
	/** Compressed size in KB, including response headers. */
	transferredKilobytes: number;
}

/** Opens the inbox with an empty cache, and measures its JavaScript. Parts that load once the browser is idle don't count. */
export async function measureInbox(page: Page, url: string): Promise<FirstLoad> {
	await page.addInitScript('window.requestIdleCallback = () => 0');
	const devtools = await page.context().newCDPSession(page);
	await devtools.send('Network.enable');
	await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
	const scripts = new Map<string, { decoded: number; transferred: number }>();
	devtools.on('Network.responseReceived', ({ requestId, response }) => {
		if (response.mimeType.includes('javascript'))
			scripts.set(requestId, { decoded: 0, transferred: 0 });
	});
	devtools.on('Network.dataReceived', ({ requestId, dataLength }) => {
		const script = scripts.get(requestId);
		if (script) script.decoded += dataLength;
	});
	devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		const script = scripts.get(requestId);
		if (script) script.transferred = encodedDataLength;
	});
	await page.goto(`${url}/inbox`);
	// The first chat opens by itself.
	await page.locator('#transcript').waitFor();
	await page.waitForLoadState('networkidle');
	await devtools.detach();
	const all = [...scripts.values()];
	return {
		files: all.length,
		parsedKilobytes: all.reduce((sum, { decoded }) => sum + decoded, 0) / KB,
		transferredKilobytes: all.reduce((sum, { transferred }) => sum + transferred, 0) / KB,
	};
}
