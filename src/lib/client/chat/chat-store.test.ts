import { expect, it, onTestFinished, vi } from 'vitest';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { LoadedChat } from './chat-details.svelte.ts';
import { ChatStore } from './chat-store.svelte.ts';

const createLead = (name: string) => ({ name, email: null, phone: null, score: 10 });

/** A chat whose lead has this name, as the server returns it. */
const createTranscript = (name: string) => ({
	session: { session_id: 'session_1', visitor_name: name, last_message: null },
	lead: createLead(name),
	outcome: { current: null, history: [] },
	messages: [],
	reviews: [],
	flags: [],
	pages: [],
	handoffs: [],
});

it('a catch-up response never undoes events that arrived after its request', async () => {
	let respond = () => {};
	const response = new Promise<void>((resolve) => (respond = resolve));
	vi.stubGlobal('fetch', async (url: string) => {
		await response;
		const isChat = new URL(url, 'http://localhost').pathname.endsWith('/session_1');
		return Response.json(isChat ? createTranscript('Ada') : { items: [], next_cursor: null });
	});
	onTestFinished(() => void vi.unstubAllGlobals());
	let receive: (events: LiveEvent[]) => void = () => {};
	let connect = () => {};
	const live = {
		subscribe: (listener: typeof receive) => ((receive = listener), () => {}),
		onConnected: (listener: () => void) => ((connect = listener), () => {}),
	} as unknown as LiveSocket;
	const loaded = {
		transcript: createTranscript('Ada'),
		questions: [],
		deliveries: [],
		notes: [],
		activity: [],
		others: [],
	} as unknown as LoadedChat;
	const chat = new ChatStore(live, loaded);
	onTestFinished(chat.follow());
	connect();
	const payload = { session_id: 'session_1', lead: createLead('Grace') };
	receive([{ name: 'lead.updated', payload } as unknown as LiveEvent]);
	expect(chat.session.visitor_name).toBe('Grace');
	// The catch-up ends by applying the events that arrived during it.
	const apply = vi.spyOn(chat, 'apply');
	respond();
	await vi.waitFor(() => expect(apply).toHaveBeenCalled());
	expect(chat.session.visitor_name).toBe('Grace');
	expect(chat.lead?.name).toBe('Grace');
});

it('a snapshot includes notes and activity that arrived while the chat was open', () => {
	const live = { subscribe: () => () => {}, onConnected: () => () => {} } as unknown as LiveSocket;
	const empty = { questions: [], deliveries: [], notes: [], activity: [], others: [] };
	const loaded = { transcript: createTranscript('Ada'), ...empty } as unknown as LoadedChat;
	const chat = new ChatStore(live, loaded);
	const note = { id: 1, note: 'Call back' };
	const payload = { session_id: 'session_1', note };
	chat.details.apply({ name: 'note.created', payload } as unknown as LiveEvent);
	onTestFinished(() => chat.details.stop());
	chat.details.activity.entries = [{ id: 7 }] as unknown as AuditEntry[];
	expect(chat.snapshot(loaded)).toMatchObject({ notes: [note], activity: [{ id: 7 }] });
});
