import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { PHONE } from '../../../tests/support/browser.ts';
import { GREETING, type Variant } from './host.ts';

export interface Visit {
	/** From the navigation to the visible greeting, in ms. */
	greetingMs: number;
	/** Main-thread time until the visitor can type, in ms with the CPU throttled 4×. */
	mainThreadMs: number;
	/** Bytes transferred until the visitor can type, in KB. */
	transferKilobytes: number;
	/** The page's longest task before the chat is opened, in ms. */
	longestTaskMs: number;
	layoutShift: number;
}

const LAUNCHERS = { ours: 'button[aria-expanded]', n8n: '.chat-window-toggle' };
/** Lighthouse's "Slow 4G". */
const SLOW_4G = {
	offline: false,
	latency: 150,
	downloadThroughput: (1.6 * 1024 * 1024) / 8,
	uploadThroughput: (750 * 1024) / 8,
};
/** The slowdown factor of the CPU, as in Lighthouse's mobile tests. */
const CPU_THROTTLING = 4;

/** Opens the page as a new visitor on a phone, opens the chat and waits for the greeting. */
export async function visit(browser: Browser, host: string, variant: Variant): Promise<Visit> {
	const context = await browser.newContext(PHONE);
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	await devtools.send('Network.enable');
	await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
	await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_THROTTLING });
	await devtools.send('Performance.enable');
	let bytes = 0;
	devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
	await page.addInitScript(observePage);
	const startedAt = performance.now();
	await page.goto(`${host}/?chat=${variant}`);
	await page.waitForLoadState('networkidle');
	const pageMetrics = await page.evaluate(() => window.pageMetrics);
	if (variant !== 'none') await openChat(page, variant);
	const greetingMs = performance.now() - startedAt;
	// The greeting is in the frame's HTML. The code that accepts messages loads after it, and is measured too.
	if (variant === 'ours') await waitUntilReady(page);
	const mainThreadMs = (await getMetric(devtools, 'TaskDuration')) * 1000;
	await context.close();
	return { greetingMs, mainThreadMs, transferKilobytes: bytes / 1024, ...pageMetrics };
}

async function openChat(page: Page, variant: 'ours' | 'n8n'): Promise<void> {
	await page.locator(LAUNCHERS[variant]).click();
	const chat = variant === 'ours' ? page.frameLocator('iframe[src*="/embed/"]') : page;
	await chat.getByText(GREETING).first().waitFor();
}

async function waitUntilReady(page: Page): Promise<void> {
	const frame = page.frames().find((candidate) => candidate.url().includes('/embed/'));
	while (!(await frame?.evaluate<unknown>('window.getChatSession?.()?.session_id')))
		await sleep(20);
}

async function getMetric(devtools: CDPSession, name: string): Promise<number> {
	const { metrics } = await devtools.send('Performance.getMetrics');
	return metrics.find((metric) => metric.name === name)?.value ?? 0;
}

declare global {
	interface Window {
		pageMetrics: { longestTaskMs: number; layoutShift: number };
	}
}

/** Runs in the page before its own scripts. */
function observePage(): void {
	if (window !== window.top) return;
	window.pageMetrics = { longestTaskMs: 0, layoutShift: 0 };
	const observe = (type: string, onEntry: (entry: PerformanceEntry & { value?: number }) => void) =>
		new PerformanceObserver((list) => list.getEntries().forEach(onEntry)).observe({
			type,
			buffered: true,
		});
	observe('longtask', ({ duration }) => {
		window.pageMetrics.longestTaskMs = Math.max(window.pageMetrics.longestTaskMs, duration);
	});
	observe('layout-shift', ({ value = 0 }) => (window.pageMetrics.layoutShift += value));
}
