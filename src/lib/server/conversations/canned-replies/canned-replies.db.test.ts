import { expect, test } from 'vitest';
import { toActor, makeUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import {
	createCannedReply,
	deleteCannedReply,
	listCannedReplies,
	updateCannedReply,
} from './index.ts';

const t = useTestApp();
const someone = async (role: 'admin' | 'agent' = 'agent') =>
	t.ctx(toActor(await makeUser(t.app, { role })));
const reply = { title: 'Call back', text: 'Hi {name}, {agent} will call you.' };

test('an agent has replies of their own, which no one else can see or change', async () => {
	const [ada, eve, admin] = [await someone(), await someone(), await someone('admin')];
	const made = await createCannedReply(ada, reply);
	expect(made).toMatchObject({ ...reply, owner: { name: 'Ada Lovelace' } });
	expect((await listCannedReplies(ada)).items).toContainEqual(made);
	for (const other of [eve, admin]) {
		expect((await listCannedReplies(other)).items).not.toContainEqual(made);
		const missing = { code: 'not_found' };
		await expect(updateCannedReply(other, made.id, { title: 'x' })).rejects.toMatchObject(missing);
		await expect(deleteCannedReply(other, made.id)).rejects.toMatchObject(missing);
	}
	expect(await updateCannedReply(ada, made.id, { title: 'Call' })).toMatchObject({ title: 'Call' });
	await deleteCannedReply(ada, made.id);
	expect((await listCannedReplies(ada)).items.map(({ id }) => id)).not.toContain(made.id);
});

test('replies of the team can be used by everyone and changed by admins', async () => {
	const [ada, admin] = [await someone(), await someone('admin')];
	const forbidden = { code: 'forbidden' };
	const shared = { ...reply, is_shared: true };
	await expect(createCannedReply(ada, shared)).rejects.toMatchObject(forbidden);
	const made = await createCannedReply(admin, shared);
	expect(made.owner).toBeNull();
	expect((await listCannedReplies(ada)).items).toContainEqual(made);
	await expect(updateCannedReply(ada, made.id, { text: 'x' })).rejects.toMatchObject(forbidden);
	await expect(deleteCannedReply(ada, made.id)).rejects.toMatchObject(forbidden);
	expect(await updateCannedReply(admin, made.id, { text: 'New' })).toMatchObject({ text: 'New' });
	await deleteCannedReply(admin, made.id);
});

test('an API key can’t have replies of its own, and an empty text is rejected', async () => {
	const program = t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: ['sessions:write'] });
	await expect(createCannedReply(program, reply)).rejects.toMatchObject({ code: 'forbidden' });
	const empty = createCannedReply(await someone(), { ...reply, text: ' \n ' });
	await expect(empty).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'text' }] });
	const nobody = t.ctx({ type: 'anonymous' });
	await expect(listCannedReplies(nobody)).rejects.toMatchObject({ code: 'unauthorized' });
});
