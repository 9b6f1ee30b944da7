import { expect, it } from 'vitest';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { getUser, listUsers } from './index.ts';

const t = useTestApp();

it('lists users by name for the team, without their passwords', async () => {
	const zoe = await createUser(t.app, { name: 'Zoe', is_active: false });
	const ada = await createUser(t.app, { name: 'Ada', role: 'admin' });
	const listed = await listUsers(t.ctx(toActor(zoe)));
	expect(listed.map((user) => user.id)).toEqual([ada.id, zoe.id]);
	expect(listed[1]).toEqual({
		id: zoe.id,
		name: 'Zoe',
		email: zoe.email,
		role: 'agent',
		is_active: false,
		has_two_factor: false,
		photo: null,
		created_at: zoe.created_at.toISOString(),
		last_seen_at: null,
	});
	expect(await getUser(t.ctx(), ada.id)).toEqual(listed[0]);
	await expect(getUser(t.ctx(), 999_999)).rejects.toMatchObject({ code: 'not_found' });
	await expect(listUsers(t.ctx({ type: 'anonymous' }))).rejects.toMatchObject({
		code: 'unauthorized',
	});
});
