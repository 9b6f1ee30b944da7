import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import { config, texts } from './boot.ts';
import { Connection, type Started } from './connection.ts';
import { Consent } from './consent.ts';
import { visitorContext } from './context.ts';
import { Conversation } from './conversation.ts';
import {
	forgetCredentials,
	keepCredentials,
	readCredentials,
	startId,
	visitorId,
	type Credentials,
} from './credentials.ts';
import type { Log } from './debug.ts';
import { subscribeToSocket } from './socket-events.ts';
import type { Host } from './host.ts';
import { Identification } from './identification.ts';
import { publishMilestones } from './milestones.ts';
import { Outbox } from './outbox.ts';
import type { PageStorage } from './storage.ts';
import { Tabs } from './tabs.ts';

const SILENCE_MS = 90_000;

interface Wiring {
	host: Host | null;
	storage: PageStorage;
	log: Log;
	/** Something visible has changed. */
	changed: () => void;
	/** A new message has arrived, from any sender. */
	arrived: (message: WidgetMessage) => void;
}

/** One visitor's chat: applies what the socket receives, and sends what the visitor does. */
export class Chat {
	readonly conversation = new Conversation();
	readonly connection: Connection;
	readonly outbox: Outbox;
	readonly consent: Consent;
	readonly identification: Identification;
	/** The visitor has deleted the conversation from this browser. */
	isForgotten = false;
	/** The chat session has reached its maximum length. */
	isTooLong = false;
	readonly #wiring: Wiring;
	readonly #tabs: Tabs;
	#hasStarted = false;
	/** Other tabs should switch to the next chat session too. */
	#isRenewed = false;
	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
		const { storage, changed, log } = wiring;
		this.connection = new Connection({
			handshake: () => this.#handshake(),
			forget: () => this.#forget(),
			started: (started) => this.#started(started),
			statusChanged: () => {
				changed();
				void this.outbox.flush();
			},
			log,
		});
		this.outbox = new Outbox({
			storage,
			changed,
			isOnline: () => this.#isReady,
			send: ({ message, client_message_id, website }) =>
				this.connection.send({ message, client_message_id, website }),
			stored: (message) => this.#received(message),
			isFull: () => (this.isTooLong = true),
			isForbidden: () => this.consent.reloadToAsk(),
		});
		this.consent = new Consent({
			asked: config.consent,
			storage,
			isOnline: () => this.connection.status === 'online',
			send: async (version) => (await this.connection.acceptConsent(version)).ok,
			changed: () => this.#agreed(),
		});
		this.identification = new Identification(
			() => this.#isReady,
			(fields) => this.connection.identify(fields),
		);
		this.#tabs = new Tabs(tabsName(wiring.host), (credentials) => this.#follow(credentials));
		subscribeToSocket(this.connection.socket, {
			conversation: this.conversation,
			received: (message) => this.#received(message),
			updated: (session) => this.#updated(session),
			agentChanged: (agent, photo) => this.#agentChanged(agent, photo),
			answered: (message) => wiring.arrived(message),
			active: () => this.#active(),
			missed: () => void this.catchUp(),
		});
	}

	/** Whether messages can be sent now. */
	get #isReady(): boolean {
		return this.connection.status === 'online' && this.consent.isStored;
	}

	start(): void {
		this.#hasStarted = true;
		this.connection.start();
	}

	send(text: string, decoy = ''): void {
		this.consent.give();
		this.outbox.add(text, decoy);
	}

	/** Starts a new chat session, here and in the visitor's other tabs. */
	clear(): void {
		// Messages that the full chat rejected are sent to the new one.
		if (!this.isTooLong) this.outbox.clear();
		this.#reset();
		forgetCredentials(this.#wiring.storage);
		this.#isRenewed = true;
		if (this.#hasStarted) this.connection.restart();
		this.outbox.retry();
	}

	/** Deletes the conversation and everything stored about it from this browser. */
	forget(): void {
		this.#drop();
		this.#wiring.storage.clear();
		this.#tabs.notify(null);
	}

	#drop(): void {
		this.outbox.clear();
		this.#reset();
		this.isForgotten = true;
		this.connection.stop();
		this.#wiring.changed();
	}

	#reset(): void {
		this.conversation.reset();
		this.consent.known(null);
		this.isForgotten = false;
		this.isTooLong = false;
		this.#wiring.changed();
	}

	/** Follows another tab that started a new chat, or deleted this one. */
	#follow(credentials: Credentials | null): void {
		const { storage } = this.#wiring;
		const session_id = readCredentials(storage)?.session_id;
		if (session_id === credentials?.session_id) return;
		if (!credentials) {
			storage.clear();
			return this.#drop();
		}
		this.outbox.clear();
		this.#reset();
		keepCredentials(storage, credentials);
		if (this.#hasStarted) this.connection.restart();
	}

	/** Continues the chat session of a resume link instead of the one stored in this browser. */
	resume(credentials: Credentials): void {
		const { storage } = this.#wiring;
		if (readCredentials(storage)?.session_id !== credentials.session_id) this.outbox.clear();
		keepCredentials(storage, credentials);
	}

	#agreed(): void {
		this.#wiring.changed();
		void this.outbox.flush();
		void this.identification.flush();
	}

	setPage(page: { page_url: string; page_title?: string | undefined }): void {
		if (this.connection.status === 'online') this.connection.setPage(page).catch(() => undefined);
	}

	/** Fetches missed messages. Reconnects if the connection turns out to be dead, as after a long sleep. */
	async catchUp(): Promise<void> {
		if (this.connection.status !== 'online') return this.connection.wake();
		const answer = await this.connection
			.after(this.conversation.known_until ?? 0)
			.catch(() => undefined);
		if (!answer?.ok) return this.connection.restart();
		for (const message of answer.data.messages) this.#received(message);
		this.conversation.partialReply(answer.data.reply);
		this.#updated(answer.data.session);
	}

	#handshake(): Record<string, unknown> {
		const { storage, host } = this.#wiring;
		const credentials = readCredentials(storage);
		if (credentials) return { ...credentials, after: this.conversation.known_until };
		const context = visitorContext(host);
		const ids = { client_session_id: startId(storage), visitor_id: visitorId(storage) };
		return { site: config.site, context, ...ids };
	}

	#forget(): boolean {
		if (!readCredentials(this.#wiring.storage)) return false;
		forgetCredentials(this.#wiring.storage);
		this.#reset();
		this.conversation.notes.push({ after: 0, text: texts.chat_ended });
		// Other tabs follow, and unsent messages are sent to the new chat.
		this.#isRenewed = true;
		this.outbox.retry();
		return true;
	}

	#started({ session_id, token, session, messages, reply }: Started): void {
		const { storage, host } = this.#wiring;
		const isContinued = readCredentials(storage) !== null;
		const isKnown = this.conversation.session !== null;
		keepCredentials(storage, { session_id, token });
		if (isKnown) this.#updated(session);
		for (const message of this.conversation.started(session, messages)) {
			this.outbox.settle(message.client_message_id);
			if (isKnown) this.#wiring.arrived(message);
		}
		this.conversation.partialReply(reply);
		if (this.#isRenewed) this.#tabs.notify({ session_id, token });
		this.#isRenewed = false;
		this.#active();
		this.#wiring.changed();
		// Deferred until the connection has set its status to online.
		queueMicrotask(() => {
			this.consent.known(session.consent_version);
			void this.identification.flush();
			void this.outbox.flush();
			const { page_url, page_title } = host?.context ?? {};
			if (isContinued && page_url) this.setPage({ page_url, page_title });
		});
	}

	#received(message: WidgetMessage): void {
		this.outbox.settle(message.client_message_id);
		if (this.conversation.add(message)) this.#wiring.arrived(message);
		this.#wiring.changed();
	}

	#updated(session: WidgetSession): void {
		const { conversation } = this;
		const was = conversation.session;
		this.#agentChanged(session.agent, session.agent_photo);
		if (was) conversation.session = session;
		if (session.consent_version) this.consent.known(session.consent_version);
		publishMilestones(this.#wiring.host, was, session);
		this.#wiring.changed();
	}

	#agentChanged(agent: string | null, photo: string | null): void {
		const name = agent ?? this.conversation.session?.agent ?? '';
		const text = agent === null ? texts.agent_left : texts.agent_joined;
		this.conversation.agentChanged(agent, photo, text.replace('{name}', name));
		this.#wiring.changed();
	}

	/** Removes typing dots that no reply follows, which would promise one forever. */
	#active(): void {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => {
			this.conversation.reply = null;
			this.conversation.is_agent_typing = false;
			this.#wiring.changed();
		}, SILENCE_MS);
		this.#wiring.changed();
	}
}

/** Includes the host page's origin, because only its tabs share the storage that the loader uses. */
function tabsName(host: Host | null): string {
	const { page_url = '' } = host?.context ?? {};
	return `frontdesk:${config.site}:${URL.canParse(page_url) ? new URL(page_url).origin : ''}`;
}
