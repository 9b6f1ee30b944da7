import { z } from 'zod';
import { agentEvents } from '#lib/contract/all-events.ts';
import type { EventBus } from '../core/events.ts';
import { type OutgoingEvent, type SharedRoom, TEAM, getVisitorsRoom } from './connections.ts';

const MAX_VISITORS = 5_000;
const MAX_LISTED = 1_000;
/** The interval at which each process sends its visitors to the others again. */
const HEARTBEAT_MS = 60_000;
/** The time after another process's last heartbeat until its visitors expire, since it may have been killed. */
const REMOTE_TTL_MS = 150_000;
const HEARTBEAT_SIZE = 500;
const TEAM_ROOM = { namespace: '/agents', room: TEAM } as const;

const HEARTBEAT = 'visitor-presence';
const heartbeat = z.object({
	visitors: z.array(z.object({ session_id: z.string(), page_url: z.string().nullable() })),
});

interface Presence {
	session_id: string;
	page_url: string | null;
}
interface Entry {
	page_url: string | null;
	/** `Infinity` for visitors of this process, who stay until they leave. */
	expiresAt: number;
}
type Relay = (outgoing: OutgoingEvent) => void;

/** Tracks which visitors are online, in this process and in the others, for agents who connect later. */
export class VisitorPresence {
	/** The visitors online, least recently changed first. */
	readonly #online = new Map<string, Entry>();
	#relay: Relay | undefined;

	constructor(events: Pick<EventBus<never>, 'onPublished'>) {
		events.onPublished(({ name, payload }) => {
			if (name !== 'visitor.presence') return;
			this.#set(payload, Infinity);
			// Also notifies the process that the visitor may have moved to, which then reports them as online. That report must
			// arrive last, so this is sent after the event itself: `Broadcast` subscribes first.
			const room = { namespace: '/widget', room: getVisitorsRoom(payload.session_id) } as const;
			if (!payload.is_online) this.#send(room, name, payload);
		});
	}

	/** Repeats the visitors of this process to the others until the returned function is called. */
	relayTo(relay: Relay): () => void {
		this.#relay = relay;
		const timer = setInterval(() => this.#sendHeartbeats(), HEARTBEAT_MS);
		timer.unref();
		return () => clearInterval(timer);
	}

	/** Applies an event of another process. Returns whether it must not be emitted to sockets of this process. */
	receive({ namespace, name, payload }: OutgoingEvent): boolean {
		if (name === HEARTBEAT) {
			this.applyRemoteState(payload);
			return true;
		}
		if (name !== 'visitor.presence') return false;
		const { data } = agentEvents['visitor.presence'].safeParse(payload);
		if (!data) return true;
		const { session_id, is_online, page_url } = data;
		const local = this.#findLocal(session_id);
		if (namespace === '/widget') {
			// The visitor moved from that process to this one, so tell the others that they are still online.
			const current = { session_id, is_online: true, page_url: local?.page_url ?? null };
			if (local && !is_online) this.#send(TEAM_ROOM, name, current);
			return true;
		}
		if (!local) this.#set(data, performance.now() + REMOTE_TTL_MS);
		else if (is_online) local.page_url = page_url;
		return local !== undefined && !is_online;
	}

	/** Applies the state that another process sent in a heartbeat or as its `answer` to `Presence.load`. */
	applyRemoteState(answer: unknown): void {
		for (const visitor of heartbeat.safeParse(answer).data?.visitors ?? []) this.#extend(visitor);
	}

	/** Returns the visitors of this process, at most 1,000. */
	getLocalState(): z.infer<typeof heartbeat> {
		return { visitors: this.#listLocal().slice(-MAX_LISTED) };
	}

	/** Forgets the visitors of other processes. */
	forgetRemote(): void {
		for (const [id, { expiresAt }] of this.#online) {
			if (expiresAt !== Infinity) this.#online.delete(id);
		}
	}

	/** Returns at most 1,000 visitors, the most recently changed first. */
	list(): Presence[] {
		const now = performance.now();
		return [...this.#online]
			.filter(([, { expiresAt }]) => expiresAt > now)
			.slice(-MAX_LISTED)
			.map(([session_id, { page_url }]) => ({ session_id, page_url }))
			.reverse();
	}

	#findLocal(session_id: string): Entry | undefined {
		const entry = this.#online.get(session_id);
		return entry?.expiresAt === Infinity ? entry : undefined;
	}

	#set({ session_id, page_url, is_online }: Presence & { is_online: boolean }, expiresAt: number) {
		this.#online.delete(session_id);
		if (!is_online) return;
		this.#online.set(session_id, { page_url, expiresAt });
		if (this.#online.size <= MAX_VISITORS) return;
		const [oldest] = this.#online.keys();
		if (oldest !== undefined) this.#online.delete(oldest);
	}

	#extend(visitor: Presence): void {
		const entry = this.#online.get(visitor.session_id);
		const expiresAt = performance.now() + REMOTE_TTL_MS;
		if (!entry) this.#set({ ...visitor, is_online: true }, expiresAt);
		else if (entry.expiresAt !== Infinity) entry.expiresAt = expiresAt;
	}

	#sendHeartbeats(): void {
		const visitors = this.#listLocal();
		for (let start = 0; start < visitors.length; start += HEARTBEAT_SIZE) {
			this.#send(TEAM_ROOM, HEARTBEAT, { visitors: visitors.slice(start, start + HEARTBEAT_SIZE) });
		}
	}

	/** Returns the visitors of this process, the most recently changed last. */
	#listLocal(): Presence[] {
		return [...this.#online].flatMap(([session_id, { page_url, expiresAt }]) =>
			expiresAt === Infinity ? [{ session_id, page_url }] : [],
		);
	}

	#send(room: SharedRoom, name: string, payload: object): void {
		this.#relay?.({ ...room, name, payload });
	}
}
