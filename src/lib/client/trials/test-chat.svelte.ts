import type { TestChat } from '#lib/contract/test-chat.ts';
import { sentenceOf } from '#lib/client/api-client.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { randomId } from '#lib/client/random-id.ts';
import { testApi } from './test-api.ts';

/** A chat of this person with the AI of a site, read again whenever something was said or a turn has ended. */
export class TestChatStore {
	chat = $state.raw<TestChat>();
	/** What is on its way to the server. */
	sending = $state<string>();
	error = $state<string>();
	isStarting = $state(false);
	id = $state<string>();
	#isReading = false;
	#isDueAgain = false;

	/** Follows the socket until the returned function is called. */
	follow(live: LiveSocket): () => void {
		const stops = [
			live.subscribe((facts) => {
				if (facts.some((fact) => this.#concerns(fact))) void this.#read();
			}),
			live.onConnected(() => void this.#read()),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Begins a new chat; the one before is left. */
	async start(site: string): Promise<void> {
		this.isStarting = true;
		this.error = undefined;
		this.chat = undefined;
		this.id = undefined;
		try {
			const { session_id } = await testApi.start(site);
			this.id = session_id;
			await this.#read();
		} catch (error) {
			this.error = sentenceOf(error);
		} finally {
			this.isStarting = false;
		}
	}

	/** Gives false when it was not taken: the words are to be kept. */
	async say(text: string): Promise<boolean> {
		if (this.id === undefined || this.sending !== undefined) return false;
		this.sending = text;
		this.error = undefined;
		try {
			await testApi.say(this.id, text, randomId());
			await this.#read();
			return true;
		} catch (error) {
			this.error = sentenceOf(error);
			return false;
		} finally {
			this.sending = undefined;
		}
	}

	#concerns({ name, payload }: Fact): boolean {
		const isOfChat = name === 'message.created' || name === 'trial.finished';
		return isOfChat && payload.session_id === this.id;
	}

	async #read(): Promise<void> {
		const { id } = this;
		if (id === undefined) return;
		if (this.#isReading) return void (this.#isDueAgain = true);
		this.#isReading = true;
		try {
			const chat = await testApi.get(id);
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
