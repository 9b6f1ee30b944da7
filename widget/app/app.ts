import type { WidgetMessage } from '$lib/contract/widget';
import { find } from './dom';
import { Chat } from './chat';
import type { Status } from './connection';
import type { Log } from './debug';
import type { Host } from './host';
import type { PageStorage } from './storage';
import { Composer } from './views/composer';
import { FrameView } from './views/frame-view';

const BANNER_AFTER_MS = 2000;
const ASLEEP_MS = 30_000;

/** The frame: joins the conversation with what is seen of it and with the page around it. */
export class App {
	readonly chat: Chat;
	readonly #host: Host | null;
	readonly #view: FrameView;
	readonly #composer: Composer;
	#isBannerDue = false;
	#bannerTimer: ReturnType<typeof setTimeout> | undefined;
	#unread = 0;

	constructor(host: Host | null, storage: PageStorage, log: Log) {
		this.#host = host;
		this.chat = new Chat({
			host,
			storage,
			log,
			changed: () => this.#changed(),
			arrived: (message) => this.#arrived(message),
		});
		const { conversation, outbox, connection } = this.chat;
		const send = (text: string) => {
			outbox.add(text);
			this.#view.scroll.toEnd();
		};
		this.#view = new FrameView(
			() => ({ conversation, outbox, status: this.#status, isBannerDue: this.#isBannerDue }),
			{ send, retry: () => outbox.retry() },
		);
		this.#composer = new Composer({ send, typing: (isTyping) => connection.setTyping(isTyping) });
		find('again', HTMLButtonElement).onclick = () => {
			this.chat.clear();
			this.#composer.focus();
		};
		this.#listenToHost();
		this.#listenToSleep();
		this.#view.changed();
	}

	/** A browser without a network says so before the socket notices. */
	get #status(): Status {
		return navigator.onLine ? this.chat.connection.status : 'offline';
	}

	#listenToHost(): void {
		const host = this.#host;
		if (!host) return;
		const close = () => host.post({ type: 'close' });
		host.on({
			open: () => this.#opened(),
			identify: ({ fields }) => void this.chat.identify(fields),
			page: ({ page_url, page_title }) => this.chat.setPage({ page_url, page_title }),
		});
		if (host.mode !== 'launcher') return;
		find('close', HTMLButtonElement).onclick = close;
		addEventListener('keydown', (event) => {
			if (event.key === 'Escape' && !event.isComposing) close();
		});
		if (host.is_open) this.#opened();
	}

	#listenToSleep(): void {
		let hiddenAt = 0;
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'hidden') hiddenAt = Date.now();
			else if (hiddenAt && Date.now() - hiddenAt > ASLEEP_MS) void this.chat.catchUp();
		});
		addEventListener('pageshow', ({ persisted }) => {
			if (persisted) void this.chat.catchUp();
		});
		addEventListener('offline', () => this.#changed());
		addEventListener('online', () => {
			this.#changed();
			void this.chat.catchUp();
		});
	}

	#opened(): void {
		this.#unread = 0;
		this.#composer.fit();
		this.#view.scroll.toEnd();
		this.#view.changed();
		this.#composer.focus();
	}

	#arrived({ id, sender }: WidgetMessage): void {
		this.#host?.emit('message', { id, sender });
		if (sender === 'visitor' || this.#host?.mode !== 'launcher' || this.#host.is_open) return;
		this.#host.post({ type: 'unread', count: ++this.#unread });
	}

	#changed(): void {
		const status = this.#status;
		if (status === 'online' || status === 'connecting') {
			clearTimeout(this.#bannerTimer);
			this.#bannerTimer = undefined;
			this.#isBannerDue = false;
		} else {
			// A short break, as a restart of the server makes one, is not worth a word.
			const pause_ms = navigator.onLine ? BANNER_AFTER_MS : 0;
			this.#bannerTimer ??= setTimeout(() => {
				this.#isBannerDue = true;
				this.#view.changed();
			}, pause_ms);
		}
		this.#view.changed();
	}
}
