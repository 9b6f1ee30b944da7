import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import { config, texts } from './boot.ts';
import { Connection, type SessionStart } from './connection.ts';
import { Consent } from './consent.ts';
import { getVisitorContext } from './context.ts';
import { Conversation } from './conversation.ts';
import {
	clearCredentials,
	saveCredentials,
	readCredentials,
	getStartId,
	getVisitorId,
	type Credentials,
} from './credentials.ts';
import type { DebugLog } from './debug-log.ts';
import { subscribeToSocket } from './socket-events.ts';
import type { Host } from './host.ts';
import { Identification } from './identification.ts';
import { publishMilestones } from './milestones.ts';
import { Outbox } from './outbox.ts';
import type { PageStorage } from './storage.ts';
import { Tabs } from './tabs.ts';

const TYPING_TIMEOUT_MS = 90_000;

interface Options {
	host: Host | null;
	storage: PageStorage;
	log: DebugLog;
	/** Called when something visible has changed. */
	onChange: () => void;
	/** Called for each new message, from any sender. */
	onMessage: (message: WidgetMessage) => void;
}

/** One visitor's chat: applies the events that the socket receives, and sends what the visitor writes and does. */
export class Chat {
	readonly conversation = new Conversation();
	readonly connection: Connection;
	readonly outbox: Outbox;
	readonly consent: Consent;
	readonly identification: Identification;
	/** Whether the visitor has deleted the conversation from this browser. */
	isDeleted = false;
	/** Whether the chat session has reached its maximum length. */
	isTooLong = false;
	readonly #options: Options;
	readonly #tabs: Tabs;
	#hasStarted = false;
	/** Whether other tabs should switch to the next chat session too. */
	#shouldNotifyTabs = false;
	#typingTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: Options) {
		this.#options = options;
		const { storage, onChange, log } = options;
		this.connection = new Connection({
			getHandshake: () => this.#getHandshake(),
			discardSession: () => this.#discardSession(),
			onStart: (start) => this.#onStart(start),
			onStatusChange: () => {
				onChange();
				void this.outbox.flush();
			},
			log,
		});
		this.outbox = new Outbox({
			storage,
			onChange,
			canSend: () => this.#isReady,
			send: ({ message, client_message_id, website }) =>
				this.connection.send({ message, client_message_id, website }),
			onStored: (message) => this.#onMessage(message),
			onChatFull: () => (this.isTooLong = true),
			onConsentRequired: () => this.consent.reloadToAsk(),
		});
		this.consent = new Consent({
			request: config.consent,
			storage,
			isOnline: () => this.connection.status === 'online',
			send: async (version) => (await this.connection.acceptConsent(version)).ok,
			onChange: () => this.#onConsent(),
		});
		this.identification = new Identification(
			() => this.#isReady,
			(fields) => this.connection.identify(fields),
		);
		this.#tabs = new Tabs(getChannelName(options.host), (credentials) =>
			this.#syncWithTab(credentials),
		);
		subscribeToSocket(this.connection.socket, {
			conversation: this.conversation,
			onMessage: (message) => this.#onMessage(message),
			onSession: (session) => this.#onSession(session),
			onAgentChange: (agent, photo) => this.#onAgentChange(agent, photo),
			onReply: (message) => options.onMessage(message),
			onActivity: () => this.#onActivity(),
			onResume: () => void this.catchUp(),
		});
	}

	/** Returns whether messages can be sent now. */
	get #isReady(): boolean {
		return this.connection.status === 'online' && this.consent.isStored;
	}

	start(): void {
		this.#hasStarted = true;
		this.connection.start();
	}

	send(text: string, honeypot = ''): void {
		this.consent.give();
		this.outbox.add(text, honeypot);
	}

	/** Starts a new chat session, here and in the visitor's other tabs. */
	startNew(): void {
		// Messages rejected because the chat was full are sent to the new one.
		if (!this.isTooLong) this.outbox.clear();
		this.#reset();
		clearCredentials(this.#options.storage);
		this.#shouldNotifyTabs = true;
		if (this.#hasStarted) this.connection.restart();
		this.outbox.retry();
	}

	/** Deletes the conversation and everything stored about it from this browser. */
	deleteLocally(): void {
		this.#markDeleted();
		this.#options.storage.clear();
		this.#tabs.notify(null);
	}

	#markDeleted(): void {
		this.outbox.clear();
		this.#reset();
		this.isDeleted = true;
		this.connection.stop();
		this.#options.onChange();
	}

	#reset(): void {
		this.conversation.reset();
		this.consent.setStored(null);
		this.isDeleted = false;
		this.isTooLong = false;
		this.#options.onChange();
	}

	/** Switches to the chat that another tab started, or deletes this one as another tab did. */
	#syncWithTab(credentials: Credentials | null): void {
		const { storage } = this.#options;
		const session_id = readCredentials(storage)?.session_id;
		if (session_id === credentials?.session_id) return;
		if (!credentials) {
			storage.clear();
			return this.#markDeleted();
		}
		this.outbox.clear();
		this.#reset();
		saveCredentials(storage, credentials);
		if (this.#hasStarted) this.connection.restart();
	}

	/** Continues the chat session of a resume link instead of the one stored in this browser. */
	resume(credentials: Credentials): void {
		const { storage } = this.#options;
		if (readCredentials(storage)?.session_id !== credentials.session_id) this.outbox.clear();
		saveCredentials(storage, credentials);
	}

	#onConsent(): void {
		this.#options.onChange();
		void this.outbox.flush();
		void this.identification.flush();
	}

	setPage(page: { page_url: string; page_title?: string | undefined }): void {
		if (this.connection.status === 'online') this.connection.setPage(page).catch(() => undefined);
	}

	/** Fetches missed messages. Reconnects if the connection turns out to be dead, as after a long sleep. */
	async catchUp(): Promise<void> {
		if (this.connection.status !== 'online') return this.connection.wake();
		const response = await this.connection
			.fetchMessagesAfter(this.conversation.resumeAfterId ?? 0)
			.catch(() => undefined);
		if (!response?.ok) return this.connection.restart();
		for (const message of response.data.messages) this.#onMessage(message);
		this.conversation.applyPartialReply(response.data.reply);
		this.#onSession(response.data.session);
	}

	#getHandshake(): Record<string, unknown> {
		const { storage, host } = this.#options;
		const credentials = readCredentials(storage);
		if (credentials) return { ...credentials, after: this.conversation.resumeAfterId };
		const context = getVisitorContext(host);
		const ids = { client_session_id: getStartId(storage), visitor_id: getVisitorId(storage) };
		return { site: config.site, context, ...ids };
	}

	#discardSession(): boolean {
		if (!readCredentials(this.#options.storage)) return false;
		clearCredentials(this.#options.storage);
		this.#reset();
		this.conversation.notes.push({ after: 0, text: texts.chat_ended });
		// Other tabs switch too, and unsent messages are sent to the new chat.
		this.#shouldNotifyTabs = true;
		this.outbox.retry();
		return true;
	}

	#onStart({ session_id, token, session, messages, reply, server_time }: SessionStart): void {
		const { storage, host } = this.#options;
		const isResumed = readCredentials(storage) !== null;
		const isReconnect = this.conversation.session !== null;
		saveCredentials(storage, { session_id, token });
		if (isReconnect) this.#onSession(session);
		for (const message of this.conversation.applyStart(session, messages)) {
			this.outbox.confirm(message.client_message_id);
			if (isReconnect) this.#options.onMessage(message);
		}
		this.conversation.applyPartialReply(reply);
		this.conversation.clockLagMs = Date.parse(server_time ?? '') - Date.now() || 0;
		if (this.#shouldNotifyTabs) this.#tabs.notify({ session_id, token });
		this.#shouldNotifyTabs = false;
		this.#onActivity();
		this.#options.onChange();
		// Deferred until the connection has set its status to online.
		queueMicrotask(() => {
			this.consent.setStored(session.consent_version);
			void this.identification.flush();
			void this.outbox.flush();
			const { page_url, page_title } = host?.context ?? {};
			if (isResumed && page_url) this.setPage({ page_url, page_title });
		});
	}

	#onMessage(message: WidgetMessage): void {
		this.outbox.confirm(message.client_message_id);
		if (this.conversation.add(message)) this.#options.onMessage(message);
		this.#options.onChange();
	}

	#onSession(session: WidgetSession): void {
		const { conversation } = this;
		const previous = conversation.session;
		this.#onAgentChange(session.agent, session.agent_photo);
		if (previous) conversation.session = session;
		if (session.consent_version) this.consent.setStored(session.consent_version);
		publishMilestones(this.#options.host, previous, session);
		this.#options.onChange();
	}

	#onAgentChange(agent: string | null, photo: string | null): void {
		const name = agent ?? this.conversation.session?.agent ?? '';
		const text = agent === null ? texts.agent_left : texts.agent_joined;
		this.conversation.setAgent(agent, photo, text.replace('{name}', name));
		this.#options.onChange();
	}

	/** Restarts the timeout that removes the typing indicator if no reply follows. */
	#onActivity(): void {
		clearTimeout(this.#typingTimer);
		this.#typingTimer = setTimeout(() => {
			this.conversation.reply = null;
			this.conversation.typist = null;
			this.#options.onChange();
		}, TYPING_TIMEOUT_MS);
		this.#options.onChange();
	}
}

/** Returns the channel's name. It includes the host page's origin, because only tabs of one origin share the loader's storage. */
function getChannelName(host: Host | null): string {
	const [origin = ''] = /^https?:\/\/[^/?#]+/.exec(host?.context.page_url ?? '') ?? [];
	return `frontdesk:${config.site}:${origin}`;
}
