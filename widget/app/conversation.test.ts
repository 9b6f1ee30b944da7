import { beforeEach, describe, expect, it } from 'vitest';
import { Conversation } from './conversation.ts';
import { createMessage, createSession } from './test-factories.ts';

const REPLY = '0b5e9f0e-7a5f-4c2e-9c0d-1f2a3b4c5d6e';
const session_id = createSession().session_id;
const delta = (seq: number, text: string) => ({ session_id, reply_id: REPLY, seq, text });

let conversation: Conversation;
beforeEach(() => {
	conversation = new Conversation();
	conversation.applyStart(createSession(), []);
});

const ids = () => conversation.messages.map(({ id }) => id);

it('shows the latest of several agents as typing until that one stops or writes', () => {
	conversation.setTyping('Ada', true);
	conversation.setTyping('Grace', true);
	conversation.setTyping('Ada', false);
	conversation.add(createMessage({ id: 1, sender: 'agent', author: 'Ada' }));
	expect(conversation.typist).toBe('Grace');
	conversation.add(createMessage({ id: 2, sender: 'agent', author: 'Grace' }));
	expect(conversation.typist).toBeNull();
});

describe('messages', () => {
	it('are ordered by id, in whatever order they arrive', () => {
		for (const id of [5, 2, 9, 7]) conversation.add(createMessage({ id }));
		expect(ids()).toEqual([2, 5, 7, 9]);
	});

	it('appear once, even if they arrive several times', () => {
		expect(conversation.add(createMessage({ id: 5 }))).toBe(true);
		expect(conversation.add(createMessage({ id: 5 }))).toBe(false);
		expect(conversation.finishReply(REPLY, createMessage({ id: 5 }))).toBe(false);
		expect(ids()).toEqual([5]);
	});

	it('that were missed are the only new ones after a reconnect', () => {
		conversation.add(createMessage({ id: 1 }));
		const missed = conversation.applyStart(createSession(), [
			createMessage({ id: 1 }),
			createMessage({ id: 2 }),
		]);
		expect(missed.map(({ id }) => id)).toEqual([2]);
	});

	it('are removed when another chat session starts', () => {
		conversation.add(createMessage({ id: 1 }));
		conversation.applyStart(createSession({ session_id: 'session_other' }), [
			createMessage({ id: 8 }),
		]);
		expect(ids()).toEqual([8]);
	});

	it('are requested with some overlap, in case an older one was committed late', () => {
		for (const id of [10, 11, 12, 14, 15]) conversation.add(createMessage({ id }));
		expect(conversation.resumeAfterId).toBe(11);
		expect(new Conversation().resumeAfterId).toBeUndefined();
	});
});

describe('a reply', () => {
	it('grows delta by delta until the message replaces it', () => {
		conversation.startReply(REPLY);
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.applyDelta(delta(1, 'lo'));
		expect(conversation.reply).toMatchObject({ text: 'Hello', isComplete: true });
		conversation.add(createMessage({ id: 3, sender: 'ai', message: 'Hello' }));
		expect(conversation.reply).toBeNull();
		expect(conversation.finishReply(REPLY, createMessage({ id: 3, sender: 'ai' }))).toBe(false);
	});

	it('is not shown as text while a delta is missing', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.applyDelta(delta(2, '!'));
		conversation.applyDelta(delta(3, '?'));
		expect(conversation.reply?.isComplete).toBe(false);
	});

	it('is not shown as text if its beginning was missed', () => {
		conversation.applyDelta(delta(4, 'lo'));
		expect(conversation.reply?.isComplete).toBe(false);
	});

	it('ignores a repeated delta', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.applyDelta(delta(1, 'lo'));
		expect(conversation.reply).toMatchObject({ text: 'Hello', isComplete: true });
	});

	it('is not shown as text after a disconnect while streaming', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.markInterrupted();
		conversation.applyStart(createSession(), []);
		expect(conversation.reply?.isComplete).toBe(false);
	});

	it('that finished while disconnected is gone after the reconnect', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.markInterrupted();
		conversation.applyStart(createSession(), [createMessage({ id: 4, sender: 'ai' })]);
		expect(conversation.reply).toBeNull();
	});

	it('continues from the server’s copy', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.markInterrupted();
		conversation.applyPartialReply({ reply_id: REPLY, text: 'Hello, it', next_seq: 3 });
		expect(conversation.reply).toMatchObject({ text: 'Hello, it', isComplete: true });
		conversation.applyDelta(delta(2, ' it'));
		conversation.applyDelta(delta(3, ' takes'));
		expect(conversation.reply?.text).toBe('Hello, it takes');
	});

	it('keeps its text when the server repeats an earlier part', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.applyDelta(delta(1, 'lo'));
		conversation.applyPartialReply({ reply_id: REPLY, text: 'Hel', next_seq: 1 });
		expect(conversation.reply?.text).toBe('Hello');
	});

	it('that has already arrived as a message is not shown twice', () => {
		const stored = createMessage({ id: 3, sender: 'ai', message: 'Hello, it takes a day.' });
		conversation.applyStart(createSession(), [stored]);
		conversation.applyPartialReply({ reply_id: REPLY, text: 'Hello, it takes ', next_seq: 2 });
		expect(conversation.reply).toBeNull();
		conversation.add(createMessage({ id: 4, sender: 'visitor' }));
		conversation.applyPartialReply({ reply_id: REPLY, text: 'Hello', next_seq: 1 });
		expect(conversation.reply).toMatchObject({ text: 'Hello' });
	});

	it('that is discarded leaves nothing', () => {
		conversation.applyDelta(delta(0, 'Hel'));
		conversation.finishReply(REPLY, null);
		expect(conversation.reply).toBeNull();
		expect(ids()).toEqual([]);
	});
});

describe('a teammate', () => {
	it('is announced once, at the point where they joined', () => {
		conversation.add(createMessage({ id: 4 }));
		conversation.setAgent('Anna', null, 'Anna joined');
		conversation.setAgent('Anna', null, 'Anna joined');
		expect(conversation.session?.agent).toBe('Anna');
		expect(conversation.notes).toEqual([{ after: 4, text: 'Anna joined' }]);
	});
});
