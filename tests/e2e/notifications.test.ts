// @module-tag thorough
import type { CDPSession, Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type DeviceInput, type PushPayload } from '#lib/contract/notification.ts';
import { expectAccessibleInEveryTheme } from '../support/axe.ts';
import { DESKTOP, gotoDashboard, PHONE, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { SCREENSHOTS } from '../support/screenshots.ts';
import { ADMIN } from '../support/server-api.ts';
import { describeWith, findTool } from '../support/tools.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const browser = useBrowser(findTool('chromium'));
const standIn = useStandIn();
// In development, a push service may be called without TLS.
const server = useBuiltServer({ OUTBOUND_ALLOW_PRIVATE: 'true', NODE_ENV: 'development' });

beforeEach(async () => {
	await server.query('delete from push_subscriptions');
	standIn().push.clear();
});

/**
 * Replaces the browser's push service, which tests cannot reach. Subscriptions come from the stand-in, and are stored in
 * local storage.
 */
function subscribeAtStandIn({ endpoint, keys }: DeviceInput): void {
	const STORAGE_KEY = 'test.subscription';
	const createSubscription = (applicationServerKey: number[]) => ({
		endpoint,
		options: { applicationServerKey: Uint8Array.from(applicationServerKey).buffer },
		toJSON: () => ({ endpoint, keys }),
		unsubscribe: () => {
			localStorage.removeItem(STORAGE_KEY);
			return Promise.resolve(true);
		},
	});
	Object.assign(PushManager.prototype, {
		getSubscription() {
			const stored = localStorage.getItem(STORAGE_KEY);
			return Promise.resolve(stored && createSubscription(JSON.parse(stored) as number[]));
		},
		subscribe({ applicationServerKey }: { applicationServerKey: Uint8Array }) {
			localStorage.setItem(STORAGE_KEY, JSON.stringify([...applicationServerKey]));
			return Promise.resolve(createSubscription([...applicationServerKey]));
		},
	});
}

/** Opens the page of notifications in a browser that grants the permission. */
async function openNotifications(options = DESKTOP): Promise<Page> {
	const page = await browser.openSignedIn(
		`${server.url}/settings/notifications`,
		{ ...options, permissions: ['notifications'] },
		undefined,
		undefined,
		true,
	);
	await page.addInitScript(subscribeAtStandIn, standIn().push.subscribe());
	await gotoDashboard(page, `${server.url}/settings/notifications`);
	return page;
}
async function turnOn(page: Page): Promise<void> {
	await page.getByRole('button', { name: 'Turn on push notifications' }).click();
	await page.getByRole('button', { name: 'Send a test notification' }).waitFor();
}

/** Waits until the push service has accepted `count` messages, and returns them. */
async function waitForPushes(count: number): Promise<PushPayload[]> {
	await standIn().push.recorder.waitFor(count);
	return standIn().push.accepted.map(({ payload }) => payload);
}

/** Delivers a message to the page's service worker, as if the browser had received it from its push service. */
async function deliverPush(page: Page, payload: PushPayload): Promise<void> {
	const devtools = await page.context().newCDPSession(page);
	const registrationId = await waitForRegistration(devtools);
	const data = JSON.stringify(payload);
	await devtools.send('ServiceWorker.deliverPushMessage', {
		origin: server.url,
		registrationId,
		data,
	});
}
function waitForRegistration(devtools: CDPSession): Promise<string> {
	return new Promise((resolve, reject) => {
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [found] = registrations.filter(({ isDeleted }) => !isDeleted);
			if (found) resolve(found.registrationId);
		});
		devtools.send('ServiceWorker.enable').catch(reject);
	});
}

/** Returns the notifications that the browser shows. */
const listNotifications = (page: Page) =>
	page.evaluate(async () => {
		const registration = await navigator.serviceWorker.getRegistration('/push/');
		const shown = (await registration?.getNotifications()) ?? [];
		return shown.map(({ title, body, tag }) => ({ title, body, tag }));
	});

/** Dispatches the event of a click on the notification in the service worker. A test cannot click the notification itself. */
async function clickNotification(page: Page): Promise<void> {
	await expect.poll(() => page.context().serviceWorkers().length).toBeGreaterThan(0);
	const [worker] = page.context().serviceWorkers();
	if (!worker) throw new Error('there is no service worker');
	await worker.evaluate(async () => {
		const scope = self as unknown as {
			registration: ServiceWorkerRegistration;
			NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
		};
		const [notification] = await scope.registration.getNotifications();
		if (!notification) throw new Error('no notification is shown');
		self.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
	});
}

async function startChat(): Promise<string> {
	const started = await server.call('POST', 'embed-chat/sessions', { site: 'default' });
	return z.object({ session_id: z.string() }).parse(started).session_id;
}

describeWith('chromium', 'push notifications', () => {
	it('reach a browser that turned them on, and open the chat', async () => {
		const page = await openNotifications();
		await turnOn(page);
		await page.getByRole('list', { name: 'Your devices' }).getByText('this browser').waitFor();

		await page.getByRole('button', { name: 'Send a test notification' }).click();
		expect((await waitForPushes(1))[0]?.title).toBe('Notifications work');

		const session_id = await startChat();
		await server.call('POST', `sessions/${session_id}/handoff`, { reason: 'Call me' });
		const [, message] = await waitForPushes(2);
		expect(message?.title).toBe('A visitor is asking for a person on Default');
		if (!message) throw new Error('no message was pushed');
		await deliverPush(page, message);
		await expect.poll(() => listNotifications(page)).toMatchObject([{ title: message.title }]);
		// The same message delivered again replaces its notification.
		await deliverPush(page, message);
		await expect.poll(() => listNotifications(page)).toHaveLength(1);
		await clickNotification(page);
		await page.waitForURL(`**/inbox/${session_id}`);
	});

	it('stop when the user signs out, and resume with the next sign-in', async () => {
		const page = await openNotifications();
		await turnOn(page);
		await page.getByRole('button', { name: /account menu/ }).click();
		await page.getByRole('menuitem', { name: 'Sign out' }).click();
		await page.waitForURL('**/login');
		await server.call('POST', `sessions/${await startChat()}/handoff`, {});
		await signInAgain(page);
		await page.getByRole('button', { name: 'Send a test notification' }).click();
		expect((await waitForPushes(1)).map(({ title }) => title)).toEqual(['Notifications work']);
	});

	it('can be turned off', async () => {
		const page = await openNotifications();
		await turnOn(page);
		await page.getByRole('button', { name: 'Turn off' }).click();
		await page.getByRole('button', { name: 'Turn on push notifications' }).waitFor();
		await page.getByRole('list', { name: 'Your devices' }).waitFor({ state: 'detached' });
		await expect.poll(() => page.evaluate(() => localStorage.getItem('frontdesk.push'))).toBeNull();
	});

	it('are explained where the browser blocks them', async () => {
		const page = await openNotifications(PHONE);
		await page.addInitScript(() =>
			Object.defineProperty(Notification, 'permission', { get: () => 'denied' }),
		);
		await gotoDashboard(page, `${server.url}/settings/notifications`);
		await page.getByText('Your browser blocks notifications from this page').waitFor();
		await page.getByText('Blocked', { exact: true }).waitFor();
		await expect
			.poll(() => page.getByRole('button', { name: 'Turn on push notifications' }).count())
			.toBe(0);
	});
});

/** Signs in through the form in the same browser, and opens the page of notifications. */
async function signInAgain(page: Page): Promise<void> {
	await page.goto(`${server.url}/login?redirect_to=/settings/notifications`);
	const { email, password } = ADMIN;
	await page.getByLabel('Email').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL('**/settings/notifications');
}

it('settings are saved immediately, with their exceptions and quiet hours', async () => {
	const page = await openNotifications();
	await page.getByRole('checkbox', { name: 'New lead by email' }).first().click();
	await page.getByLabel('Add a site').selectOption({ label: 'Default' });
	const siteAlerts = page.getByRole('table', { name: 'Alerts for Default' });
	await siteAlerts.getByRole('checkbox', { name: 'AI failing by push' }).click();
	await page.getByRole('switch', { name: 'Hold alerts during quiet hours' }).click();
	const saved = page.waitForResponse((response) =>
		Boolean(response.request().postData()?.includes('21:30')),
	);
	await page.getByLabel('From').fill('21:30');
	await page.getByLabel('From').blur();
	await saved;
	await gotoDashboard(page, `${server.url}/settings/notifications`);
	const allAlerts = page.getByRole('table', { name: 'Alerts for all sites' });
	await expect
		.poll(() => allAlerts.getByRole('checkbox', { name: 'New lead by email' }).isChecked())
		.toBe(true);
	await expect
		.poll(() => siteAlerts.getByRole('checkbox', { name: 'AI failing by push' }).isChecked())
		.toBe(false);
	await expect
		.poll(() => siteAlerts.getByRole('checkbox', { name: 'New lead by email' }).isChecked())
		.toBe(true);
	await expect.poll(() => page.getByLabel('From').inputValue()).toBe('21:30');
	await expectAccessibleInEveryTheme(page, 'notifications');
	await page.setViewportSize({ width: 390, height: 2400 });
	await page.screenshot({ path: `${SCREENSHOTS}/notifications-phone.png` });
	await page.setViewportSize({ width: 1440, height: 1900 });
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.screenshot({ path: `${SCREENSHOTS}/notifications-dark.png` });
});

describeWith('chromium', 'the app', () => {
	it('can be installed', async () => {
		const page = await openNotifications();
		const devtools = await page.context().newCDPSession(page);
		const { errors, data = '{}' } = await devtools.send('Page.getAppManifest');
		expect(errors).toEqual([]);
		const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
		// Tests run in an incognito window.
		expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
		const { icons } = z
			.object({ icons: z.array(z.object({ src: z.string(), type: z.string() })) })
			.parse(JSON.parse(data));
		for (const { src, type } of icons) {
			const response = await fetch(server.url + src);
			expect([src, response.status, response.headers.get('content-type')]).toEqual([
				src,
				200,
				type,
			]);
		}
	});

	it('has a service worker that controls no page and caches nothing', async () => {
		const page = await openNotifications();
		await turnOn(page);
		for (const path of ['/', '/inbox', '/embed/default']) {
			await page.goto(server.url + path);
			const state = await page.evaluate(async () => ({
				caches: await caches.keys(),
				controller: navigator.serviceWorker.controller,
			}));
			expect(state).toEqual({ caches: [], controller: null });
		}
		const script = await (await fetch(`${server.url}/service-worker.js`)).text();
		expect(script).not.toMatch(/caches|addEventListener\(["'`]fetch/);
	});
});

it('sends the weekly reports that a user chooses, until they unsubscribe by link or in their mail client', async () => {
	const page = await openNotifications();
	const reports = page.getByRole('region', { name: 'Weekly reports' });
	const checkbox = reports.getByRole('checkbox', { name: 'Default' });
	const readReports = () =>
		page.evaluate(async () => {
			const response = await fetch('/api/notifications');
			return ((await response.json()) as { weekly_reports: string[] }).weekly_reports;
		});
	/** Subscribes on the page, and returns the link that unsubscribes. */
	const subscribe = async (token: string) => {
		await checkbox.click();
		await expect.poll(readReports).toEqual(['default']);
		await server.query(`update report_subscriptions set token = '${token}'`);
		return `${server.url}/unsubscribe/${token}`;
	};
	const link = await subscribe('5f0c2a52-6d0e-4c1e-9a77-0a4c8d1b2e3f');
	const mailClient = await browser.open(link);
	await mailClient.getByText('Stop the weekly report for Default?').waitFor();
	await expectAccessibleInEveryTheme(mailClient);
	await mailClient.screenshot({ path: `${SCREENSHOTS}/unsubscribe.png` });
	await mailClient.getByRole('button', { name: 'Unsubscribe' }).click();
	await mailClient.getByRole('heading', { name: 'You’re unsubscribed' }).waitFor();
	await gotoDashboard(page, `${server.url}/settings/notifications`);
	await reports.getByRole('checkbox', { name: 'Default', checked: false }).waitFor();

	const next = await subscribe('7b1d3c63-7e1f-4d2f-8b88-1b5d9e2c3f40');
	// Mail services send this request without an origin and without cookies.
	const response = await fetch(next, {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: 'List-Unsubscribe=One-Click',
	});
	expect(response.status).toBe(200);
	expect(await readReports()).toEqual([]);
	expect(await (await fetch(next)).text()).toContain('You’re unsubscribed');
});
