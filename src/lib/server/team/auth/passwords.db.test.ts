import { expect, it } from 'vitest';
import { toActor, createUser, toCookieHeader } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { authenticate, changePassword, signIn } from './index.ts';

const t = useTestApp();
const from = { ip: '203.0.113.7', cookie: null };
const getActorType = async (cookie: string) => (await authenticate(t.app, { cookie })).type;

it('changing the password ends all other auth sessions and invalidates the old password', async () => {
	const user = await createUser(t.app);
	const before = await Promise.all([signIn(t.ctx(), user, from), signIn(t.ctx(), user, from)]);
	const input = { current_password: user.password, new_password: 'mandarin orbit 8' };
	const { cookie } = await changePassword(t.ctx(toActor(user)), input, from);
	expect(await getActorType(toCookieHeader(cookie))).toBe('user');
	for (const old of before)
		expect(await getActorType(toCookieHeader(old.cookie))).toBe('anonymous');
	await expect(signIn(t.ctx(), user, from)).rejects.toMatchObject({ code: 'unauthorized' });
	await signIn(t.ctx(), { email: user.email, password: input.new_password }, from);
});

it('a wrong current password or a weak new one changes nothing', async () => {
	const user = await createUser(t.app);
	const ctx = t.ctx(toActor(user));
	const wrong = { current_password: 'not it', new_password: 'mandarin orbit 8' };
	await expect(changePassword(ctx, wrong, from)).rejects.toMatchObject({
		code: 'invalid',
		errors: [{ path: 'current_password' }],
	});
	const weak = { current_password: user.password, new_password: user.email };
	await expect(changePassword(ctx, weak, from)).rejects.toMatchObject({
		code: 'invalid',
		errors: [{ path: 'new_password' }],
	});
	await signIn(t.ctx(), user, from);
});

it('one of two concurrent changes succeeds', async () => {
	const user = await createUser(t.app);
	const change = (new_password: string) =>
		changePassword(t.ctx(toActor(user)), { current_password: user.password, new_password }, from);
	const results = await Promise.allSettled([
		change('mandarin orbit 8'),
		change('clementine orbit 9'),
	]);
	expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('only users can change a password', async () => {
	const input = { current_password: 'x', new_password: 'mandarin orbit 8' };
	await expect(changePassword(t.ctx(), input, from)).rejects.toMatchObject({
		code: 'unauthorized',
	});
});
