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

/** The frame: joins the conversation with what is seen of it and with the page around it. */
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
					// The button that had it is gone.
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

	/** A browser without a network says so before the socket notices. */
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
		// The page decides: a panel that stays open from one page to the next takes no focus.
		if (document.hasFocus()) this.#composer.focus();
	}

	#arrived({ id, sender, message }: WidgetMessage): void {
		this.#host?.emit('message', { id, sender });
		if (sender === 'visitor') return;
		this.#sound.play();
		if (this.#host?.mode !== 'launcher' || this.#host.is_open) return;
		const preview = plainText(message).slice(0, PREVIEW_LENGTH);
		this.#host.post({ type: 'unread', count: ++this.#unread, preview });
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
