import { createContext } from 'svelte';
import { goto, invalidate } from '$app/navigation';
import { dev } from '$app/environment';
import { api, call, formatError } from '#lib/client/api/call.ts';
import type { Device } from '#lib/contract/notification.ts';

const KEY = 'frontdesk.push';
/** Contains no pages, so the service worker controls none and only handles push messages. */
const SCOPE = '/push/';
/** The user this browser is registered for, and the auth session in which it was last registered. */
interface Owner {
	user_id: number;
	auth_session: string;
}

/**
 * `needs_install`: on iPhones and iPads, only an app on the home screen can get push messages. `blocked`: the user or the
 * browser blocks notifications from this site.
 */
type PushState = 'checking' | 'unsupported' | 'needs_install' | 'blocked' | 'off' | 'on';

/** Push notifications in this browser: its service worker, its subscription, and its registration with the server. */
export class PushBrowser {
	state = $state<PushState>('checking');
	isBusy = $state(false);
	/** Why turning push notifications on or off failed. */
	errorMessage = $state<string | null>(null);
	/** Identifies this browser's subscription among the user's devices. */
	endpointHash = $state<string | null>(null);
	readonly #owner: Owner;

	constructor(userId: number, authSession: string) {
		this.#owner = { user_id: userId, auth_session: authSession };
	}

	/** Registers the service worker, opens the pages of clicked notifications, and renews the registration. */
	follow(): () => void {
		if (!('serviceWorker' in navigator)) {
			this.state = getUnsupportedState();
			return () => {};
		}
		const onMessage = ({ data }: MessageEvent<unknown>) => {
			// Only paths, so that a message never leads to another site.
			const { type, url } = Object(data) as { type?: unknown; url?: unknown };
			if (type === 'open' && typeof url === 'string' && /^\/(?!\/)/.test(url)) void goto(url);
		};
		navigator.serviceWorker.addEventListener('message', onMessage);
		void this.#start();
		return () => navigator.serviceWorker.removeEventListener('message', onMessage);
	}

	/** Must be called from a click handler: only there may a page request the permission. */
	turnOn(publicKey: string): Promise<void> {
		return this.#run(async () => {
			const permission = await Notification.requestPermission();
			if (permission !== 'granted') return this.#refreshState();
			await this.#register(await subscribe(publicKey));
		});
	}

	/** Unsubscribes, and removes this browser from the user's devices. */
	turnOff(devices: readonly Device[]): Promise<void> {
		return this.#run(async () => {
			const own = devices.find(({ endpoint_hash }) => endpoint_hash === this.endpointHash);
			if (own) await removeDevice(own.id);
			await this.unsubscribe();
		});
	}

	/** Unsubscribes this browser. Call it after the browser's device was removed. */
	async unsubscribe(): Promise<void> {
		clearOwner();
		await (await getCurrentSubscription())?.unsubscribe();
		await this.#refreshState();
	}

	async #start(): Promise<void> {
		try {
			await navigator.serviceWorker.register('/service-worker.js', {
				scope: SCOPE,
				type: dev ? 'module' : 'classic',
				updateViaCache: 'none',
			});
			await this.#refreshState();
			const subscription = await getCurrentSubscription();
			// The server removes a device when its auth session ends, so this browser registers again after each sign-in. A device
			// that is missing in the same auth session was removed on purpose.
			const isNewSignIn = loadOwner()?.auth_session !== this.#owner.auth_session;
			if (this.state === 'on' && subscription && isNewSignIn) await this.#register(subscription);
		} catch {
			// Offline, or the browser forbids service workers. Reloading the page tries again.
			if (this.state === 'checking') this.state = 'unsupported';
		}
	}

	async #refreshState(): Promise<void> {
		if (!('PushManager' in window) || !('Notification' in window)) {
			this.state = getUnsupportedState();
			return;
		}
		const subscription = await getCurrentSubscription();
		this.endpointHash = subscription && (await computeSha256(subscription.endpoint));
		const isOwn = loadOwner()?.user_id === this.#owner.user_id;
		if (Notification.permission === 'denied') this.state = 'blocked';
		else this.state = subscription && isOwn ? 'on' : 'off';
	}

	async #register(subscription: PushSubscription): Promise<void> {
		const { endpoint, keys } = subscription.toJSON();
		const json = {
			endpoint: endpoint ?? '',
			keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
		};
		await call(api.notifications.devices.$post({ json }));
		saveOwner(this.#owner);
		await this.#refreshState();
		await invalidate('frontdesk:notifications');
	}

	async #run(action: () => Promise<void>): Promise<void> {
		this.isBusy = true;
		this.errorMessage = null;
		try {
			await action();
		} catch (error) {
			this.errorMessage = formatError(error);
		} finally {
			this.isBusy = false;
		}
	}
}

/** Removes one of the user's devices. */
export const removeDevice = (id: number) =>
	call(
		api.notifications.devices[':device_id'].$delete(
			{ param: { device_id: String(id) } },
			{ init: { keepalive: true } },
		),
	);

/** Sends a test notification to one of the user's devices. */
export const testDevice = (id: number) =>
	call(api.notifications.devices[':device_id'].test.$post({ param: { device_id: String(id) } }));

/** Subscribes with the server's key, replacing a subscription with a different key. */
async function subscribe(publicKey: string): Promise<PushSubscription> {
	const { pushManager } = await getActiveRegistration();
	const applicationServerKey = decodeBase64Url(publicKey);
	const existing = await pushManager.getSubscription();
	const existingKey = existing?.options.applicationServerKey;
	const isSame =
		existingKey && String(new Uint8Array(existingKey)) === String(applicationServerKey);
	if (existing && !isSame) await existing.unsubscribe();
	return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

/** Returns the service worker's registration once it is active, as subscribing requires. */
async function getActiveRegistration(): Promise<ServiceWorkerRegistration> {
	const registration = await navigator.serviceWorker.getRegistration(SCOPE);
	if (!registration) throw new Error('Push notifications aren’t ready. Reload the page.');
	const worker = registration.installing ?? registration.waiting;
	if (worker && !registration.active) {
		await new Promise<void>((resolve) =>
			worker.addEventListener('statechange', () => {
				if (worker.state === 'activated') resolve();
			}),
		);
	}
	return registration;
}

async function getCurrentSubscription(): Promise<PushSubscription | null> {
	const registration = await navigator.serviceWorker.getRegistration(SCOPE);
	return (await registration?.pushManager.getSubscription()) ?? null;
}

function decodeBase64Url(base64url: string): Uint8Array<ArrayBuffer> {
	const base64 = base64url.replaceAll('-', '+').replaceAll('_', '/');
	return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function computeSha256(text: string): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
	return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function getUnsupportedState(): PushState {
	const { userAgent, maxTouchPoints } = navigator;
	const isAppleTouchDevice =
		/iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
	return isAppleTouchDevice && isSecureContext ? 'needs_install' : 'unsupported';
}

function loadOwner(): Owner | undefined {
	try {
		return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as Owner | null) ?? undefined;
	} catch {
		return undefined;
	}
}

function saveOwner(owner: Owner): void {
	try {
		localStorage.setItem(KEY, JSON.stringify(owner));
	} catch {
		// Storage is blocked: push counts as off after a reload.
	}
}

function clearOwner(): void {
	try {
		localStorage.removeItem(KEY);
	} catch {
		// Storage is blocked.
	}
}

export const [getPushBrowser, setPushBrowser] = createContext<PushBrowser>();
