// Shows push messages, and opens the dashboard when one is clicked. It has no `fetch` handler, caches nothing, and is
// registered for a scope without pages: pages, the API, sockets and embedded chats never pass through it, so that it can
// neither keep private data nor serve an old version.
/// <reference lib="esnext" />
/// <reference lib="webworker" />

interface Payload {
	title: string;
	body: string;
	url: string;
	tag: string;
}

const worker = self as unknown as ServiceWorkerGlobalScope;

/** Pages that cannot show the dashboard's pages: visitors' chats, and those before signing in. */
const OUTSIDE =
	/^\/(embed|demo|widget|login|logout|setup|invite|forgot-password|reset-password|unsubscribe)(\/|$)/;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('push', (event) => event.waitUntil(show(event.data)));
worker.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const { url } = event.notification.data as Pick<Payload, 'url'>;
	event.waitUntil(open(url));
});
// The browser replaced its subscription.
worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

/** Browsers require that every push message is shown, and end the subscription otherwise. */
async function show(data: PushMessageData | null): Promise<void> {
	const { title, body, url, tag } = read(data);
	await worker.registration.showNotification(title, {
		body,
		tag,
		icon: '/icons/icon-192.png',
		badge: '/icons/badge-96.png',
		data: { url },
	});
}

function read(data: PushMessageData | null): Payload {
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

/** Opens a page of the dashboard in a window that shows it already, or else in a new one. */
async function open(url: string): Promise<void> {
	const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const dashboard = windows.find(
		(client) => client.frameType !== 'nested' && !OUTSIDE.test(new URL(client.url).pathname),
	);
	if (!dashboard) return void (await worker.clients.openWindow(url));
	dashboard.postMessage({ type: 'open', url });
	await dashboard.focus();
}

/** Registers the new subscription. When it fails, the dashboard registers it after the next sign-in. */
async function renew({
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
