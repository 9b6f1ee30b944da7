import { beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Session } from '#lib/contract/session.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { createNote, deleteNote, listNotes, updateNote } from './index.ts';

const t = useTestApp();
let session: Session;
beforeEach(async () => {
	session = await createChat(t.ctx());
});

it('a note is stored with its author, published to the team, edited and deleted', async () => {
	const ada = await createUserCtx(t);
	const published: AppEvent[] = [];
	const stop = t.app.events.onPublished(
		(event) => event.name !== 'audit.added' && published.push(event),
	);
	const note = await createNote(ada, session.session_id, { note: '  Cousin of the owner ' });
	expect(note).toMatchObject({
		session_id: session.session_id,
		note: 'Cousin of the owner',
		author: { name: 'Ada Lovelace' },
		edited_at: null,
	});
	const target = { session_id: String(session.id), note_id: note.id };
	const edited = await updateNote(ada, target, { note: 'A cousin' });
	expect(edited.edited_at).not.toBeNull();
	expect((await listNotes(ada, session.session_id)).items).toEqual([edited]);
	await deleteNote(ada, target);
	stop();
	expect((await listNotes(ada, session.session_id)).items).toEqual([]);
	expect(published.map(({ name }) => name)).toEqual([
		'note.created',
		'note.updated',
		'note.deleted',
	]);
});

it('notes are listed newest first, in pages', async () => {
	const ada = await createUserCtx(t);
	for (const note of ['one', 'two', 'three']) await createNote(ada, session.session_id, { note });
	const first = await listNotes(ada, session.session_id, { limit: 2 });
	expect(first.items.map(({ note }) => note)).toEqual(['three', 'two']);
	const cursor = first.next_cursor ?? '';
	const second = await listNotes(ada, session.session_id, { limit: 2, cursor });
	expect(second.items.map(({ note }) => note)).toEqual(['one']);
	expect(second.next_cursor).toBeNull();
});

describe('permissions', () => {
	it('only the author can edit a note; the author or an admin can delete it', async () => {
		const [ada, eve, admin] = [
			await createUserCtx(t),
			await createUserCtx(t),
			await createUserCtx(t, { role: 'admin' }),
		];
		const { id: note_id } = await createNote(ada, session.session_id, { note: 'Mine' });
		const target = { session_id: session.session_id, note_id };
		const forbidden = { code: 'forbidden' };
		await expect(updateNote(eve, target, { note: 'Yours' })).rejects.toMatchObject(forbidden);
		await expect(updateNote(admin, target, { note: 'Yours' })).rejects.toMatchObject(forbidden);
		await expect(deleteNote(eve, target)).rejects.toMatchObject(forbidden);
		await deleteNote(admin, target);
	});

	it('a visitor can’t read or write notes of their own chat', async () => {
		const { session_id } = session;
		const visitor = t.ctx({ type: 'visitor', session_id });
		const refusal = { code: 'unauthorized' };
		await expect(listNotes(visitor, session_id)).rejects.toMatchObject(refusal);
		await expect(createNote(visitor, session_id, { note: 'Hi' })).rejects.toMatchObject(refusal);
	});

	it('a note is found only under its own chat session', async () => {
		const ada = await createUserCtx(t);
		const { id: note_id } = await createNote(ada, session.session_id, { note: 'Mine' });
		const other = await createChat(t.ctx());
		const wrong = { session_id: other.session_id, note_id };
		await expect(deleteNote(ada, wrong)).rejects.toMatchObject({ code: 'not_found' });
		const nowhere = createNote(ada, 'session_nowhere', { note: 'Hi' });
		await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
	});
});
