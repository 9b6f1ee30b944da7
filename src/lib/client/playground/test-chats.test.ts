import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testMessageInput, type TestChat } from '#lib/contract/test-chat.ts';
import {
	createSampleMessage,
	createSampleSession,
} from '../../../../tests/support/contract-samples.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { TestChatStore } from './test-chats.svelte.ts';

const greeting = createSampleMessage(1, { sender: 'ai', message: 'Hello' });

let messages: TestChat['messages'];
let sent: string[];
let starts: PromiseWithResolvers<string>[];
let isRejecting: boolean;

/** Answers a test chat's requests, with `messages` as its messages. */
async function answer(url: string, init: { method: string; body: string }): Promise<Response> {
	if (init.method === 'GET') {
		const chat = { session: createSampleSession(1), lead: null, messages, turns: [] };
		return Response.json(chat satisfies TestChat);
	}
	if (url.endsWith('/messages')) {
		if (isRejecting) return Response.json({}, { status: 503 });
		sent.push(testMessageInput.parse(JSON.parse(init.body)).message);
		return Response.json({}, { status: 201 });
	}
	const start = Promise.withResolvers<string>();
	starts.push(start);
	return Response.json({ session_id: await start.promise }, { status: 201 });
}

beforeEach(() => {
	messages = [];
	sent = [];
	starts = [];
	isRejecting = false;
	vi.stubGlobal('fetch', answer);
});
afterEach(() => vi.unstubAllGlobals());

/** Starts a chat with a first message. `greet` stores the AI's greeting. */
async function startChat(firstMessage: string) {
	const store = new TestChatStore();
	let publish: (events: LiveEvent[]) => void = () => undefined;
	store.follow({
		subscribe: (listener: typeof publish) => ((publish = listener), () => undefined),
		onConnected: () => () => undefined,
	} as unknown as LiveSocket);
	const started = store.start('default', undefined, firstMessage);
	starts[0]?.resolve('session_1');
	await started;
	return {
		store,
		greet() {
			messages = [greeting];
			publish([{ name: 'message.created', payload: greeting } as unknown as LiveEvent]);
		},
	};
}

describe('a test chat', () => {
	it('sends its first message once the AI has greeted', async () => {
		const { greet } = await startChat('How much?');
		expect(sent).toEqual([]);
		greet();
		await expect.poll(() => sent).toEqual(['How much?']);
	});

	it('doesn’t send its first message if the user sends another one before', async () => {
		const { store, greet } = await startChat('How much?');
		store.draft = ' I need a roof ';
		await store.send(store.draft);
		expect(store.draft).toBe('');
		greet();
		await expect.poll(() => store.chat?.messages).toEqual([greeting]);
		expect(sent).toEqual(['I need a roof']);
	});

	it('returns a message that wasn’t sent to the text field', async () => {
		const { store, greet } = await startChat('How much?');
		isRejecting = true;
		greet();
		await expect.poll(() => store.draft).toBe('How much?');
		expect(store.error).toBeDefined();
		expect(store.outgoingMessage).toBeUndefined();
	});

	it('ignores a start that a later one has replaced', async () => {
		const store = new TestChatStore();
		const [first, second] = [store.start('default'), store.start('roofing')];
		starts[1]?.resolve('session_2');
		await second;
		starts[0]?.resolve('session_1');
		await first;
		expect(store.id).toBe('session_2');
		expect(store.isStarting).toBe(false);
	});
});
