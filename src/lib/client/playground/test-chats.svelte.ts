import type {
	TestChat,
	TestedArm,
	TestTurn,
	Replay,
	ReplayComparison,
} from '#lib/contract/test-chat.ts';
import { api, call, createRandomId, formatError } from '#lib/client/api/call.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

export const testedArmOptions: { value: TestedArm; label: string }[] = [
	{ value: 'champion', label: 'Champion' },
	{ value: 'challenger', label: 'Challenger' },
];

/** Returns the displayed name of a turn, such as “Answer 2”. */
export const getTurnName = (turns: TestTurn[], turn: TestTurn): string =>
	turn.action === 'start'
		? 'Greeting'
		: `Answer ${turns.filter(({ action }) => action !== 'start').indexOf(turn) + 1}`;

/** The user's test chat with a site's AI, refetched after every message and turn. */
export class TestChatStore {
	chat = $state.raw<TestChat>();
	/** The text field's content. */
	draft = $state('');
	/** The message being sent. */
	outgoingMessage = $state<string>();
	error = $state<string>();
	isStarting = $state(false);
	id = $state<string>();
	/** A message to send once the AI has greeted, unless the user sends one first. */
	#firstMessage: string | undefined;
	#startCount = 0;
	#isLoading = false;
	#needsReload = false;

	/** Refetches after the socket's events until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((events) => {
				if (events.some((event) => this.#isRelevant(event))) void this.#load();
			}),
			live.onConnected(() => void this.#load()),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Starts a new chat, which replaces the previous one even if that is still starting. */
	async start(site: string, arm?: TestedArm, firstMessage?: string): Promise<void> {
		const startNumber = ++this.#startCount;
		this.isStarting = true;
		this.error = undefined;
		this.chat = undefined;
		this.id = undefined;
		this.outgoingMessage = undefined;
		this.#firstMessage = firstMessage;
		try {
			const { session_id } = await call(api['test-chats'].$post({ json: { site, arm } }));
			if (startNumber !== this.#startCount) return;
			this.id = session_id;
			await this.#load();
		} catch (error) {
			if (startNumber === this.#startCount) this.error = formatError(error);
		} finally {
			if (startNumber === this.#startCount) this.isStarting = false;
		}
	}

	/** Sends a message, unless another one is being sent. On failure, the text returns to `draft`. */
	async send(text: string): Promise<void> {
		const { id } = this;
		const message = text.trim();
		if (id === undefined || message === '' || this.outgoingMessage !== undefined) return;
		this.#firstMessage = undefined;
		if (this.draft === text) this.draft = '';
		this.outgoingMessage = message;
		this.error = undefined;
		try {
			await call(
				api['test-chats'][':session_id'].messages.$post({
					param: { session_id: id },
					json: { message, client_message_id: createRandomId() },
				}),
			);
			await this.#load();
		} catch (error) {
			if (this.id !== id) return;
			this.error = formatError(error);
			this.draft = [message, this.draft].filter(Boolean).join('\n');
		} finally {
			if (this.id === id) this.outgoingMessage = undefined;
		}
	}

	#sendFirstMessage(): void {
		if (this.#firstMessage === undefined || !this.chat) return;
		const { messages, turns } = this.chat;
		const hasGreeted =
			messages.length + turns.length > 0 && turns.every(({ outcome }) => outcome !== null);
		if (hasGreeted) void this.send(this.#firstMessage);
	}

	#isRelevant({ name, payload }: LiveEvent): boolean {
		const isChatEvent = name === 'message.created' || name === 'trial.finished';
		return isChatEvent && payload.session_id === this.id;
	}

	async #load(): Promise<void> {
		const { id } = this;
		if (id === undefined) return;
		if (this.#isLoading) return void (this.#needsReload = true);
		this.#isLoading = true;
		try {
			const chat = await call(api['test-chats'][':session_id'].$get({ param: { session_id: id } }));
			if (this.id === id) this.chat = chat;
		} catch (error) {
			if (this.id === id) this.error = formatError(error);
		} finally {
			this.#isLoading = false;
		}
		if (!this.#needsReload) return this.#sendFirstMessage();
		this.#needsReload = false;
		await this.#load();
	}
}

/** The user's replay, refetched after each step. */
export class ReplayStore {
	comparison = $state.raw<ReplayComparison>();
	error = $state<string>();
	isBusy = $state(false);

	constructor(comparison: ReplayComparison | null) {
		this.comparison = comparison ?? undefined;
	}

	get isRunning(): boolean {
		return this.comparison?.replay.status === 'running';
	}

	/** Refetches after the socket's events until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((events) => {
				if (events.some((event) => this.#isRelevant(event))) void this.#load();
			}),
			live.onConnected(() => void (this.isRunning && this.#load())),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Starts a replay, then calls `open` with its id. */
	start(
		sessionId: string,
		open: (replayId: number) => Promise<void>,
		arm?: TestedArm,
	): Promise<void> {
		return this.#run(async () => {
			const { id } = await call(api.replays.$post({ json: { session_id: sessionId, arm } }));
			await open(id);
		});
	}

	cancel(): Promise<void> {
		return this.#run(async () => {
			if (this.comparison)
				this.#update(
					await call(api.replays[':id'].cancel.$post({ param: { id: this.comparison.replay.id } })),
				);
		});
	}

	#update(replay: Replay): void {
		if (this.comparison?.replay.id === replay.id) this.comparison = { ...this.comparison, replay };
	}

	#isRelevant({ name, payload }: LiveEvent): boolean {
		const replay = this.comparison?.replay;
		if (!replay) return false;
		if (name === 'replay.updated') return payload.replay.id === replay.id;
		return name === 'message.created' && payload.session_id === replay.session_id;
	}

	async #load(): Promise<void> {
		const id = this.comparison?.replay.id;
		if (id === undefined) return;
		const received = await call(api.replays[':id'].$get({ param: { id } })).catch(() => undefined);
		// A late response must not undo newer state.
		const current = this.comparison;
		if (!received || current?.replay.id !== id) return;
		if (received.now.messages.length >= current.now.messages.length) this.comparison = received;
	}

	async #run(action: () => Promise<void>): Promise<void> {
		this.isBusy = true;
		this.error = undefined;
		try {
			await action();
		} catch (error) {
			this.error = formatError(error);
		} finally {
			this.isBusy = false;
		}
	}
}
