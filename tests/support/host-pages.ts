import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { useBuiltServer } from './built-server.ts';
import { createSiteAt } from './server-api.ts';

interface HostPages {
	origin: string;
	/** Sets the content of `/shown.html`, with these response headers. */
	show(html: string, headers?: Record<string, string>): void;
	close(): void;
}

export interface Hosts extends HostPages {
	/** The address of the built server. */
	server: string;
	/** The keys of two sites, which pages refer to as `{site}` and `{other}`. */
	site: string;
	other: string;
}

/** Starts the built server with two sites, and host pages on another origin, for one test file. */
export function useHosts(): Hosts {
	const server = useBuiltServer();
	const hosts = {} as Hosts;
	beforeAll(async () => {
		const { url } = server;
		const site = await createSiteAt(url, 'Hosts', { greeting: 'Hi! A new roof?' });
		const other = await createSiteAt(url, 'Other', { greeting: 'Solar panels?' });
		Object.assign(hosts, await startHostPages(url), { server: url, site, other });
	});
	afterAll(() => hosts.close());
	return hosts;
}

const FOLDER = 'tests/hostile/hosts';

/** Serves tests/hostile/hosts on its own origin, with the widget's server and `?site=` filled in. */
async function startHostPages(server: string): Promise<HostPages> {
	let shown = '';
	let shownHeaders: Record<string, string> = {};
	const pages = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
		const page =
			pathname === '/shown.html'
				? Promise.resolve(shown)
				: readFile(path.join(FOLDER, path.basename(pathname)), 'utf8');
		page.then(
			(html) => {
				const filled = html
					.replaceAll('{server}', server)
					.replaceAll('{site}', searchParams.get('site') ?? 'default')
					.replaceAll('{other}', searchParams.get('other') ?? 'default');
				const headers = pathname === '/shown.html' ? shownHeaders : {};
				const type = { 'Content-Type': 'text/html; charset=utf-8' };
				response.writeHead(200, { ...type, ...headers }).end(filled);
			},
			() => response.writeHead(204).end(),
		);
	}).listen(0, '127.0.0.1');
	await once(pages, 'listening');
	const address = pages.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return {
		// Cross-site from the server, which is on 127.0.0.1.
		origin: `http://localhost:${address.port}`,
		show(html, headers = {}) {
			shown = html;
			shownHeaders = headers;
		},
		close() {
			pages.closeAllConnections();
			pages.close();
		},
	};
}

/** A host page, or a frame that contains one. */
type Host = Page | FrameLocator;

export const getLauncher = (page: Host) => page.locator('button[aria-expanded]');
/** Returns the frame in which the page's widget shows the chat. */
export const getChatFrame = (page: Host) => page.frameLocator('iframe[src*="/embed/"]');

/** Returns the id of the chat session that the page's widget shows. */
export const getSessionId = (page: Page) =>
	page
		.frames()
		.find((frame) => frame.url().includes('/embed/'))
		?.evaluate<string>('window.getChatSession().session_id');

/** Sends a message and waits for the AI's answer. */
export async function sendMessage(page: Host, text: string): Promise<void> {
	const answers = getChatFrame(page).getByRole('log').locator('.ai');
	await answers.first().waitFor();
	const before = await answers.count();
	await getChatFrame(page).getByRole('textbox').fill(text);
	await getChatFrame(page).getByRole('textbox').press('Enter');
	await answers.nth(before).waitFor();
}

/** Opens the chat with its launcher, waits for the greeting, sends one message and waits for its answer. */
export async function openAndSendMessage(page: Host): Promise<void> {
	await getLauncher(page).click();
	await sendMessage(page, 'Yes, please');
}
