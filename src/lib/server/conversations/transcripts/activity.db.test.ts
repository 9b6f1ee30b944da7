import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { createNote } from '../notes/index.ts';
import { handBack, takeOver } from '../handoffs/index.ts';
import { deleteSession, listSessionsOfPerson, setPage, updateSession } from '../sessions/index.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { exportSession, getTranscript, listActivity } from './index.ts';

const t = useTestApp();

it('every action of a user on a chat is listed with their name, newest first', async () => {
	const user = await createUser(t.app, { name: 'Anna Berg' });
	const anna = t.ctx(toActor(user));
	const { session_id } = await createChat(t.ctx());
	await takeOver(anna, session_id);
	await updateLead(anna, { session_id }, { fields: { name: 'Maya' }, source: 'agent' });
	await createNote(anna, session_id, { note: 'A cousin' });
	await handBack(anna, session_id);
	await updateSession(anna, session_id, { assignee: user.id });
	await updateSession(anna, session_id, { completion_status: 'complete' });
	await updateSession(anna, session_id, { archive_status: 'archived' });
	await updateSession(anna, session_id, { archive_status: 'archived' });
	await updateSession(anna, session_id, { archive_status: 'active' });
	await exportSession(anna, session_id);
	const { items } = await listActivity(anna, session_id);
	expect(items.map(({ action }) => action)).toEqual([
		'session.exported',
		'session.restored',
		'session.archived',
		'session.completed',
		'session.assigned',
		'session.handed_back',
		'note.created',
		'lead.updated',
		'session.taken_over',
	]);
	expect(new Set(items.map(({ actor }) => actor.name))).toEqual(new Set(['Anna Berg']));
	expect(JSON.stringify(items)).not.toContain('cousin');
	const first = await listActivity(anna, session_id, { limit: 4 });
	const rest = await listActivity(anna, session_id, { cursor: first.next_cursor ?? '' });
	expect([...first.items, ...rest.items]).toEqual(items);
});

it('a deletion stays in the audit log without the chat session', async () => {
	const admin = await createUserCtx(t, { role: 'admin' });
	const { session_id } = await createChat(t.ctx());
	await deleteSession(admin, session_id);
	const kept = await t.app.db.select().from(audit_entries);
	const entry = kept.find(({ target_id }) => target_id === session_id);
	expect(entry).toMatchObject({ action: 'session.deleted', chat_session_id: null });
});

it('a visitor sees no activity', async () => {
	const { session_id } = await createChat(t.ctx());
	const visitor = t.ctx({ type: 'visitor', session_id });
	await expect(listActivity(visitor, session_id)).rejects.toMatchObject({ code: 'unauthorized' });
});

it('chats with the same email or phone number belong to one person', async () => {
	const [phone, email] = ['+442079460000', 'maya@example.com'];
	const chat = await createChat(t.ctx(), { lead: { email, phone } });
	const byEmail = await createChat(t.ctx(), { lead: { email: 'MAYA@example.com' } });
	const byPhone = await createChat(t.ctx(), { lead: { name: 'M', phone } });
	const stranger = await createChat(t.ctx(), { lead: { email: 'eve@example.com' } });
	const found = await listSessionsOfPerson(t.ctx(), chat.session_id);
	const ids = found.map(({ session_id }) => session_id).sort();
	expect(ids).toEqual([byEmail.session_id, byPhone.session_id].sort());
	expect(await listSessionsOfPerson(t.ctx(), stranger.session_id)).toEqual([]);
	const unknown = await createChat(t.ctx());
	expect(await listSessionsOfPerson(t.ctx(), unknown.session_id)).toEqual([]);
});

it('the pages of a visit are stored in order, once per stay', async () => {
	const { session_id } = await createChat(t.ctx());
	const page = (path: string) => ({ page_url: `https://example.com/${path}` });
	for (const path of ['a', 'a', 'b', 'a']) await setPage(t.ctx(), session_id, page(path));
	const { pages, session } = await getTranscript(t.ctx(), session_id);
	expect(pages.map(({ page_url }) => page_url.at(-1))).toEqual(['a', 'b', 'a']);
	expect(session.context.page_url).toBe('https://example.com/a');
	for (let at = 0; at < 60; at += 1) await setPage(t.ctx(), session_id, page(`p${at}`));
	expect((await getTranscript(t.ctx(), session_id)).pages).toHaveLength(50);
});
