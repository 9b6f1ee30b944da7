import type { Replay, ReplayComparison } from '#lib/contract/test-chat.ts';
import { sentenceOf } from '#lib/client/api-client.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { testApi } from './test-api.ts';

/** A replay of this person, read again with each step that it takes. */
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
			live.subscribe((facts) => {
				if (facts.some((fact) => this.#concerns(fact))) void this.#read();
			}),
			live.onConnected(() => void (this.isRunning && this.#read())),
		];
		return () => stops.forEach((stop) => stop());
	}

	start(sessionId: string): Promise<void> {
		return this.#work(async () => {
			const { id } = await testApi.startReplay(sessionId);
			this.comparison = await testApi.getReplay(id);
		});
	}

	cancel(): Promise<void> {
		return this.#work(async () => {
			if (this.comparison) this.#take(await testApi.cancelReplay(this.comparison.replay.id));
		});
	}

	#take(replay: Replay): void {
		if (this.comparison?.replay.id === replay.id) this.comparison = { ...this.comparison, replay };
	}

	#concerns({ name, payload }: Fact): boolean {
		const shown = this.comparison?.replay;
		if (!shown) return false;
		if (name === 'replay.updated') return payload.replay.id === shown.id;
		return name === 'message.created' && payload.session_id === shown.session_id;
	}

	async #read(): Promise<void> {
		const id = this.comparison?.replay.id;
		if (id === undefined) return;
		const read = await testApi.getReplay(id).catch(() => undefined);
		// An answer that comes late must not take back what is known.
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
