import { isComposing } from '#lib/is-composing.ts';
import type { WidgetMessage } from '#lib/contract/widget.ts';
import { texts } from './boot.ts';
import { Chat } from './chat.ts';
import type { Status } from './connection.ts';
import type { DebugLog } from './debug-log.ts';
import type { Host } from './host.ts';
import { getElement } from './dom.ts';
import { Sound } from './sound.ts';
import type { PageStorage } from './storage.ts';
import { confirm, isConfirming } from './views/confirm.ts';
import { Composer } from './views/composer.ts';
import { trapFocus } from './views/focus-trap.ts';
import { FrameView } from './views/frame-view.ts';
import { toPlainText } from './views/markdown.ts';
import { HandoffView } from './views/handoff.ts';
import { Menu } from './views/menu.ts';
import { Notices } from './views/notices.ts';

const BANNER_DELAY_MS = 2000;
const SLEEP_THRESHOLD_MS = 30_000;
const PREVIEW_LENGTH = 140;

/** The app in the frame: connects the chat to its views and to the host page. */
export class App {
	readonly chat: Chat;
	readonly #host: Host | null;
	readonly #view: FrameView;
	readonly #composer: Composer;
	readonly #sound: Sound;
	#shouldShowBanner = false;
	#bannerTimer: ReturnType<typeof setTimeout> | undefined;
	#unread = 0;

	constructor(host: Host | null, storage: PageStorage, log: DebugLog) {
		this.#host = host;
		this.chat = new Chat({
			host,
			storage,
			log,
			onChange: () => this.#update(),
			onMessage: (message) => this.#onMessage(message),
		});
		const { chat } = this;
		const send = (text: string, honeypot?: string) => {
			chat.send(text, honeypot);
			this.#view.scroll.toEnd();
		};
		const agree = () => {
			chat.consent.give();
			this.#composer.focus();
		};
		this.#view = new FrameView(
			() => ({ chat, status: this.#status, shouldShowBanner: this.#shouldShowBanner }),
			{
				send: (text) => {
					send(text);
					// The quick-reply button that had focus is gone.
					this.#composer.focus();
				},
				retry: () => chat.outbox.retry(),
			},
			{
				notices: new Notices({ agree, startNewChat: () => this.#startNewChat() }),
				handoff: new HandoffView({
					request: () => void chat.connection.requestHandoff().catch(() => undefined),
					cancel: () => void chat.connection.cancelHandoff().catch(() => undefined),
				}),
			},
		);
		this.#composer = new Composer({
			send,
			onTyping: (isTyping) => chat.connection.setTyping(isTyping),
		});
		this.#sound = new Sound(storage);
		this.#createMenu();
		this.#listenToHost();
		this.#catchUpAfterSleep();
		this.#update();
	}

	/** The browser notices that it is offline before the socket does. */
	get #status(): Status {
		return navigator.onLine ? this.chat.connection.status : 'offline';
	}

	#createMenu(): void {
		const log = getElement('log', HTMLElement);
		const menu = new Menu({
			'menu-times': () => menu.setChecked('menu-times', log.classList.toggle('times')),
			'menu-sound': () => {
				this.#sound.toggle();
				menu.setChecked('menu-sound', this.#sound.isOn);
			},
			'menu-new': () => confirm(texts.ask_new_chat, texts.start_again, () => this.#startNewChat()),
			'menu-forget': () =>
				confirm(texts.ask_forget, texts.do_forget, () => this.chat.deleteLocally()),
		});
		menu.setChecked('menu-sound', this.#sound.isOn);
	}

	#startNewChat(): void {
		this.chat.startNew();
		this.#update();
		this.#composer.focus();
	}

	#listenToHost(): void {
		const host = this.#host;
		if (!host) return;
		const close = () => host.post({ type: 'close' });
		host.on({
			open: () => this.#onOpen(),
			identify: ({ fields }) => void this.chat.identification.set(fields),
			page: ({ page_url, page_title }) => this.chat.setPage({ page_url, page_title }),
		});
		if (host.mode !== 'launcher') return;
		getElement('close', HTMLButtonElement).onclick = close;
		trapFocus();
		addEventListener('keydown', (event) => {
			if (event.key === 'Escape' && !isComposing(event) && !isConfirming()) close();
		});
		if (host.is_open) this.#onOpen();
	}

	#catchUpAfterSleep(): void {
		let hiddenAt = 0;
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'hidden') hiddenAt = Date.now();
			else if (hiddenAt && Date.now() - hiddenAt > SLEEP_THRESHOLD_MS) void this.chat.catchUp();
		});
		addEventListener('pageshow', ({ persisted }) => {
			if (persisted) void this.chat.catchUp();
		});
		addEventListener('offline', () => this.#update());
		addEventListener('online', () => {
			this.#update();
			void this.chat.catchUp();
		});
	}

	#onOpen(): void {
		this.#unread = 0;
		this.#view.scroll.toEnd();
		this.#view.update();
		// The host page controls the focus: a panel that stays open across a navigation must not steal it.
		if (document.hasFocus()) this.#composer.focus();
	}

	#onMessage({ id, sender, message, author }: WidgetMessage): void {
		this.#host?.emit('message', { id, sender });
		if (sender === 'visitor') return;
		this.#sound.play();
		if (this.#host?.mode !== 'launcher' || this.#host.is_open) return;
		const preview = toPlainText(message).slice(0, PREVIEW_LENGTH);
		const name = sender === 'agent' ? author : null;
		this.#host.post({ type: 'unread', count: ++this.#unread, preview, author: name });
	}

	#update(): void {
		const { consent, isTooLong, isDeleted } = this.chat;
		this.#composer.setEnabled(!consent.isMissing && !isTooLong && !isDeleted);
		const status = this.#status;
		if (status === 'online' || status === 'connecting') {
			clearTimeout(this.#bannerTimer);
			this.#bannerTimer = undefined;
			this.#shouldShowBanner = false;
		} else {
			// Short interruptions, such as a server restart, show no banner.
			const delayMs = navigator.onLine ? BANNER_DELAY_MS : 0;
			this.#bannerTimer ??= setTimeout(() => {
				this.#shouldShowBanner = true;
				this.#view.update();
			}, delayMs);
		}
		this.#view.update();
	}
}
