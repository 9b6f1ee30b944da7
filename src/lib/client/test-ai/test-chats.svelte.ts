import type { TestChat, TestedArm, Replay, ReplayComparison } from '#lib/contract/test-chat.ts';
import { api, call, randomId, sentenceOf } from '#lib/client/api/call.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

export const testedArmOptions: { value: TestedArm; label: string }[] = [
	{ value: 'champion', label: 'Champion' },
	{ value: 'challenger', label: 'Challenger' },
];

/** This person's test chat with a site's AI, fetched again after every message and turn. */
export class TestChatStore {
	chat = $state.raw<TestChat>();
	/** The message being sent. */
	sending = $state<string>();
	error = $state<string>();
	isStarting = $state(false);
	id = $state<string>();
	#isReading = false;
	#isDueAgain = false;

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((events) => {
				if (events.some((event) => this.#concerns(event))) void this.#read();
			}),
			live.onConnected(() => void this.#read()),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Starts a new chat and leaves the previous one. */
	async start(site: string, arm?: TestedArm): Promise<void> {
		this.isStarting = true;
		this.error = undefined;
		this.chat = undefined;
		this.id = undefined;
		try {
			const { session_id } = await call(api['test-chats'].$post({ json: { site, arm } }));
			this.id = session_id;
			await this.#read();
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isStarting = false;
		}
	}

	/** Sends a message; resolves to false when that failed and the text must be kept. */
	async say(text: string): Promise<boolean> {
		if (this.id === undefined || this.sending !== undefined) return false;
		this.sending = text;
		this.error = undefined;
		try {
			await call(
				api['test-chats'][':session_id'].messages.$post({
					param: { session_id: this.id },
					json: { message: text, client_message_id: randomId() },
				}),
			);
			await this.#read();
			return true;
		} catch (error) {
			this.error = sentenceOf(error);
			return false;
		} finally {
			this.sending = undefined;
		}
	}

	#concerns({ name, payload }: LiveEvent): boolean {
		const isOfChat = name === 'message.created' || name === 'trial.finished';
		return isOfChat && payload.session_id === this.id;
	}

	async #read(): Promise<void> {
		const { id } = this;
		if (id === undefined) return;
		if (this.#isReading) return void (this.#isDueAgain = true);
		this.#isReading = true;
		try {
			const chat = await call(api['test-chats'][':session_id'].$get({ param: { session_id: id } }));
			if (this.id === id) this.chat = chat;
		} catch (error) {
			if (this.id === id) this.error = sentenceOf(error);
		} finally {
			this.#isReading = false;
		}
		if (!this.#isDueAgain) return;
		this.#isDueAgain = false;
		await this.#read();
	}
}

/** This person's replay, fetched again after each step. */
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

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((events) => {
				if (events.some((event) => this.#concerns(event))) void this.#read();
			}),
			live.onConnected(() => void (this.isRunning && this.#read())),
		];
		return () => stops.forEach((stop) => stop());
	}

	start(sessionId: string, arm?: TestedArm): Promise<void> {
		return this.#work(async () => {
			const { id } = await call(api.replays.$post({ json: { session_id: sessionId, arm } }));
			this.comparison = await call(api.replays[':id'].$get({ param: { id } }));
		});
	}

	cancel(): Promise<void> {
		return this.#work(async () => {
			if (this.comparison)
				this.#take(
					await call(api.replays[':id'].cancel.$post({ param: { id: this.comparison.replay.id } })),
				);
		});
	}

	#take(replay: Replay): void {
		if (this.comparison?.replay.id === replay.id) this.comparison = { ...this.comparison, replay };
	}

	#concerns({ name, payload }: LiveEvent): boolean {
		const shown = this.comparison?.replay;
		if (!shown) return false;
		if (name === 'replay.updated') return payload.replay.id === shown.id;
		return name === 'message.created' && payload.session_id === shown.session_id;
	}

	async #read(): Promise<void> {
		const id = this.comparison?.replay.id;
		if (id === undefined) return;
		const read = await call(api.replays[':id'].$get({ param: { id } })).catch(() => undefined);
		// A late response must not undo newer state.
		const known = this.comparison;
		if (!read || known?.replay.id !== id) return;
		if (read.now.messages.length >= known.now.messages.length) this.comparison = read;
	}

	async #work(work: () => Promise<void>): Promise<void> {
		this.isBusy = true;
		this.error = undefined;
		try {
			await work();
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isBusy = false;
		}
	}
}
