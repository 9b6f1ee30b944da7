import type { WidgetMessage } from '#lib/contract/widget.ts';
import { texts } from './boot.ts';
import { Chat } from './chat.ts';
import type { Status } from './connection.ts';
import type { Log } from './debug.ts';
import type { Host } from './host.ts';
import { find } from './dom.ts';
import { Sound } from './sound.ts';
import type { PageStorage } from './storage.ts';
import { ask, isAsking } from './views/ask.ts';
import { Composer } from './views/composer.ts';
import { trapFocus } from './views/focus-trap.ts';
import { FrameView } from './views/frame-view.ts';
import { plainText } from './views/markdown.ts';
import { HandoffView } from './views/handoff.ts';
import { Menu } from './views/menu.ts';
import { Notices } from './views/notices.ts';

const BANNER_AFTER_MS = 2000;
const ASLEEP_MS = 30_000;
const PREVIEW_LENGTH = 140;

/** The app in the frame: connects the chat to its views and to the host page. */
export class App {
	readonly chat: Chat;
	readonly #host: Host | null;
	readonly #view: FrameView;
	readonly #composer: Composer;
	readonly #sound: Sound;
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
		const { chat } = this;
		const send = (text: string, decoy?: string) => {
			chat.send(text, decoy);
			this.#view.scroll.toEnd();
		};
		const agree = () => {
			chat.consent.give();
			this.#composer.focus();
		};
		this.#view = new FrameView(
			() => ({ chat, status: this.#status, isBannerDue: this.#isBannerDue }),
			{
				send: (text) => {
					send(text);
					// The quick reply button that had the focus is gone.
					this.#composer.focus();
				},
				retry: () => chat.outbox.retry(),
			},
			{
				notices: new Notices({ agree, startAgain: () => this.#startAgain() }),
				handoff: new HandoffView({
					request: () => void chat.connection.requestPerson().catch(() => undefined),
					cancel: () => void chat.connection.cancelPerson().catch(() => undefined),
				}),
			},
		);
		this.#composer = new Composer({
			send,
			typing: (isTyping) => chat.connection.setTyping(isTyping),
		});
		this.#sound = new Sound(storage);
		this.#makeMenu();
		this.#listenToHost();
		this.#listenToSleep();
		this.#changed();
	}

	/** The browser knows that it is offline before the socket does. */
	get #status(): Status {
		return navigator.onLine ? this.chat.connection.status : 'offline';
	}

	#makeMenu(): void {
		const log = find('log', HTMLElement);
		const menu = new Menu({
			'menu-times': () => menu.check('menu-times', log.classList.toggle('times')),
			'menu-sound': () => {
				this.#sound.toggle();
				menu.check('menu-sound', this.#sound.isOn);
			},
			'menu-new': () => ask(texts.ask_new_chat, texts.start_again, () => this.#startAgain()),
			'menu-forget': () => ask(texts.ask_forget, texts.do_forget, () => this.chat.forget()),
		});
		menu.check('menu-sound', this.#sound.isOn);
	}

	#startAgain(): void {
		this.chat.clear();
		this.#changed();
		this.#composer.focus();
	}

	#listenToHost(): void {
		const host = this.#host;
		if (!host) return;
		const close = () => host.post({ type: 'close' });
		host.on({
			open: () => this.#opened(),
			identify: ({ fields }) => void this.chat.identification.give(fields),
			page: ({ page_url, page_title }) => this.chat.setPage({ page_url, page_title }),
		});
		if (host.mode !== 'launcher') return;
		find('close', HTMLButtonElement).onclick = close;
		trapFocus();
		addEventListener('keydown', (event) => {
			if (event.key === 'Escape' && !event.isComposing && !isAsking()) close();
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
		// The host page decides: a panel that stays open across a navigation doesn't take the focus.
		if (document.hasFocus()) this.#composer.focus();
	}

	#arrived({ id, sender, message, author }: WidgetMessage): void {
		this.#host?.emit('message', { id, sender });
		if (sender === 'visitor') return;
		this.#sound.play();
		if (this.#host?.mode !== 'launcher' || this.#host.is_open) return;
		const preview = plainText(message).slice(0, PREVIEW_LENGTH);
		const name = sender === 'agent' ? author : null;
		this.#host.post({ type: 'unread', count: ++this.#unread, preview, author: name });
	}

	#changed(): void {
		const { consent, isTooLong, isForgotten } = this.chat;
		this.#composer.enable(!consent.isMissing && !isTooLong && !isForgotten);
		const status = this.#status;
		if (status === 'online' || status === 'connecting') {
			clearTimeout(this.#bannerTimer);
			this.#bannerTimer = undefined;
			this.#isBannerDue = false;
		} else {
			// Short interruptions, such as a server restart, show no banner.
			const pause_ms = navigator.onLine ? BANNER_AFTER_MS : 0;
			this.#bannerTimer ??= setTimeout(() => {
				this.#isBannerDue = true;
				this.#view.changed();
			}, pause_ms);
		}
		this.#view.changed();
	}
}
