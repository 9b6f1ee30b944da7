import { expect, it } from 'vitest';
import { bulkResult, savedFilter } from '#lib/contract/inbox.ts';
import { sessionCounts } from '#lib/contract/session.ts';
import { createChat } from '../factories/chat.ts';
import { createSite } from '../factories/site.ts';
import { signInForCookie, createUser } from '../factories/user.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call, createKeyFor } = useTestApi({ RATE_LIMIT: 'off' });

it('changes many chat sessions in one call, and reports failures', async () => {
	const { session_id, id } = await createChat(t.ctx());
	const response = await call('POST', '/api/sessions/bulk', {
		body: { act: 'archive', session_ids: [String(id), 'session_nowhere'] },
	});
	expect(response.status).toBe(200);
	const result = bulkResult.parse(await response.json());
	expect(result.done).toEqual([String(id)]);
	expect(result.refused).toMatchObject([{ session_id: 'session_nowhere', code: 'not_found' }]);
	const list = await call('GET', `/api/sessions?archive_status=archived`);
	expect(await list.text()).toContain(session_id);
});

it('rejects bulk changes with an invalid body, or with a key without the scope', async () => {
	const postBulk = (body: unknown, options = {}) =>
		call('POST', '/api/sessions/bulk', { body, ...options });
	await expectProblem(await postBulk({ act: 'explode', session_ids: ['session_x'] }), 'invalid');
	await expectProblem(await postBulk({ act: 'archive', session_ids: [] }), 'invalid');
	const remove = { act: 'delete', session_ids: ['session_x'] };
	const key = await createKeyFor('sessions:write');
	await expectProblem(await postBulk(remove, { key }), 'forbidden');
	await expectProblem(
		await postBulk(remove, { key: await createKeyFor('sessions:read') }),
		'forbidden',
	);
	await expectProblem(await postBulk(remove, { key: null }), 'unauthorized');
});

it('counts the chats in each view of the inbox', async () => {
	const { key } = await createSite(t.app);
	await createChat(t.ctx(), { site: key });
	const response = await call('GET', `/api/sessions/counts?site=${key}`);
	expect(response.status).toBe(200);
	expect(sessionCounts.parse(await response.json()).active).toBe(1);
});

it('saves filters for users, and only from the dashboard’s origin', async () => {
	const cookie = await signInForCookie(t.app, await createUser(t.app));
	const { publicUrl } = t.app.config;
	const headers = { cookie, origin: publicUrl, host: new URL(publicUrl).host };
	const own = { key: null, headers };
	const body = { name: 'Roofs', filter: { q: 'roof' } };
	const created = await call('POST', '/api/saved-filters', { ...own, body });
	expect(created.status).toBe(201);
	const { id } = savedFilter.parse(await created.json());
	const duplicate = await call('POST', '/api/saved-filters', { ...own, body });
	expect((await expectProblem(duplicate, 'conflict')).errors).toMatchObject([{ path: 'name' }]);
	const renamed = await call('PATCH', `/api/saved-filters/${id}`, {
		...own,
		body: { name: 'Slates' },
	});
	expect(await renamed.json()).toMatchObject({ id, name: 'Slates' });
	expect((await call('DELETE', `/api/saved-filters/${id}`, own)).status).toBe(204);
	await expectProblem(await call('GET', '/api/saved-filters'), 'forbidden');
	const elsewhere = { ...headers, origin: 'https://elsewhere.example' };
	await expectProblem(
		await call('POST', '/api/saved-filters', { key: null, headers: elsewhere, body }),
		'forbidden',
	);
});
