import { expect, it } from 'vitest';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import {
	createCannedReply,
	deleteCannedReply,
	listCannedReplies,
	updateCannedReply,
} from './index.ts';

const t = useTestApp();
const reply = { title: 'Call back', text: 'Hi {name}, {agent} will call you.' };

it('an agent has personal replies that no one else can see or change', async () => {
	const [ada, eve, admin] = [
		await createUserCtx(t),
		await createUserCtx(t),
		await createUserCtx(t, { role: 'admin' }),
	];
	const created = await createCannedReply(ada, reply);
	expect(created).toMatchObject({ ...reply, owner: { name: 'Ada Lovelace' } });
	expect((await listCannedReplies(ada)).items).toContainEqual(created);
	for (const other of [eve, admin]) {
		expect((await listCannedReplies(other)).items).not.toContainEqual(created);
		const missing = { code: 'not_found' };
		await expect(updateCannedReply(other, created.id, { title: 'x' })).rejects.toMatchObject(
			missing,
		);
		await expect(deleteCannedReply(other, created.id)).rejects.toMatchObject(missing);
	}
	expect(await updateCannedReply(ada, created.id, { title: 'Call' })).toMatchObject({
		title: 'Call',
	});
	await deleteCannedReply(ada, created.id);
	expect((await listCannedReplies(ada)).items.map(({ id }) => id)).not.toContain(created.id);
});

it('replies of the team can be used by everyone and changed by admins', async () => {
	const [ada, admin] = [await createUserCtx(t), await createUserCtx(t, { role: 'admin' })];
	const forbidden = { code: 'forbidden' };
	const shared = { ...reply, is_shared: true };
	await expect(createCannedReply(ada, shared)).rejects.toMatchObject(forbidden);
	const created = await createCannedReply(admin, shared);
	expect(created.owner).toBeNull();
	expect((await listCannedReplies(ada)).items).toContainEqual(created);
	await expect(updateCannedReply(ada, created.id, { text: 'x' })).rejects.toMatchObject(forbidden);
	await expect(deleteCannedReply(ada, created.id)).rejects.toMatchObject(forbidden);
	expect(await updateCannedReply(admin, created.id, { text: 'New' })).toMatchObject({
		text: 'New',
	});
	await deleteCannedReply(admin, created.id);
});

it('an API key can’t have personal replies, and an empty text is rejected', async () => {
	const apiKey = t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: ['sessions:write'] });
	await expect(createCannedReply(apiKey, reply)).rejects.toMatchObject({ code: 'forbidden' });
	const empty = createCannedReply(await createUserCtx(t), { ...reply, text: ' \n ' });
	await expect(empty).rejects.toMatchObject({ code: 'invalid', errors: [{ path: 'text' }] });
	const anonymous = t.ctx({ type: 'anonymous' });
	await expect(listCannedReplies(anonymous)).rejects.toMatchObject({ code: 'unauthorized' });
});
