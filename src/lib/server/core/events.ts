import type { AppEvent, EventName, Events } from '#lib/contract/all-events.ts';

export type { AppEvent, EventName, Events };

type Recorder<Context, K extends EventName> = (ctx: Context, payload: Events[K]) => Promise<void>;
type Listener = (event: AppEvent) => void;

/**
 * Delivers events in two phases. Recorders (`onRecorded`) run inside the transaction that records an event, as
 * required by the outbox. Listeners (`onPublished`) run after its commit, as required by live updates, and must not throw.
 */
export class EventBus<Context> {
	#recorders = new Map<EventName, Recorder<Context, never>[]>();
	#listeners = new Set<Listener>();

	onRecorded<K extends EventName>(name: K, recorder: Recorder<Context, K>): void {
		this.#recorders.set(name, [...(this.#recorders.get(name) ?? []), recorder]);
	}

	/** Subscribes a listener and returns a function that unsubscribes it. */
	onPublished(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Runs the event's recorders sequentially. */
	async runRecorders(ctx: Context, event: AppEvent): Promise<void> {
		const recorders = this.#recorders.get(event.name) ?? [];
		for (const recorder of recorders) await recorder(ctx, event.payload as never);
	}

	publish(event: AppEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}
