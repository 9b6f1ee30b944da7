// Shows push notifications, and opens the dashboard when one is clicked. It has no `fetch` handler and no cache, and its
// scope contains no pages. No requests pass through it, so it can neither store private data nor serve stale versions.
/// <reference lib="esnext" />
/// <reference lib="webworker" />

interface Payload {
	title: string;
	body: string;
	url: string;
	tag: string;
}

const worker = self as unknown as ServiceWorkerGlobalScope;

/** Pages outside the dashboard: visitors' chats, and pages before sign-in. */
const NON_DASHBOARD_PATHS =
	/^\/(embed|demo|widget|login|logout|setup|invite|forgot-password|reset-password|unsubscribe)(\/|$)/;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('push', (event) => event.waitUntil(show(event.data)));
worker.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const { url } = event.notification.data as Pick<Payload, 'url'>;
	event.waitUntil(open(url));
});
// Fired when the browser has replaced its subscription.
worker.addEventListener('pushsubscriptionchange', (event) =>
	event.waitUntil(registerSubscription(event)),
);

/** Shows every push message, because browsers end subscriptions whose messages aren't shown. */
async function show(data: PushMessageData | null): Promise<void> {
	const { title, body, url, tag } = parsePayload(data);
	await worker.registration.showNotification(title, {
		body,
		tag,
		icon: '/icons/icon-192.png',
		badge: '/icons/badge-96.png',
		data: { url },
	});
}

function parsePayload(data: PushMessageData | null): Payload {
	try {
		if (!data) throw new Error('no data');
		return data.json() as Payload;
	} catch {
		return {
			title: 'Frontdesk',
			body: 'Something needs your attention.',
			url: '/',
			tag: 'unknown',
		};
	}
}

/** Opens a dashboard page in a window that already shows the dashboard, or in a new one. */
async function open(url: string): Promise<void> {
	const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const dashboard = windows.find(
		(client) =>
			client.frameType !== 'nested' && !NON_DASHBOARD_PATHS.test(new URL(client.url).pathname),
	);
	if (!dashboard) return void (await worker.clients.openWindow(url));
	dashboard.postMessage({ type: 'open', url });
	await dashboard.focus();
}

/** Registers the new subscription. If this fails, the dashboard does it after the next sign-in. */
async function registerSubscription({
	oldSubscription,
	newSubscription,
}: PushSubscriptionChangeEvent): Promise<void> {
	const options = oldSubscription?.options;
	const { pushManager } = worker.registration;
	const subscription = newSubscription ?? (options && (await pushManager.subscribe(options)));
	if (!subscription) return;
	await fetch('/api/notifications/devices', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(subscription),
	});
}
