import { describe, expect, it, vi } from 'vitest';
import { api, ApiError, call, onSignedOut } from '#lib/client/api/call.ts';
import { createChat } from '../factories/chat.ts';
import { useTestServer } from '../support/server.ts';
import { useSignedInClient } from '../support/signed-in-client.ts';

const server = useTestServer();
useSignedInClient(server);

const createChatWithLead = async () =>
	(await createChat(server.ctx(), { lead: { name: 'Ada', email: 'ada@example.com' } })).session_id;

describe('the dashboard’s API client', () => {
	it('sends path parameters, queries and bodies, and returns the body', async () => {
		const session_id = await createChatWithLead();
		const param = { session_id };
		const query = { q: 'ada@example.com', limit: '1' };
		expect((await call(api.sessions.$get({ query }))).items[0]?.session_id).toBe(session_id);
		const changed = await call(
			api.sessions[':session_id'].$patch({ param, json: { archive_status: 'archived' } }),
		);
		expect(changed.archive_status).toBe('archived');
		const { notes } = api.sessions[':session_id'];
		const note = await call(notes.$post({ param, json: { note: 'Call back' } }));
		const noteParam = { session_id, note_id: note.id };
		const edited = await call(
			notes[':note_id'].$patch({ param: noteParam, json: { note: 'Called' } }),
		);
		expect(edited).toMatchObject({ id: note.id, note: 'Called' });
	});

	it('returns undefined for a response without a body', async () => {
		const param = { session_id: await createChatWithLead() };
		expect(await call(api.sessions[':session_id'].$delete({ param }))).toBeUndefined();
	});

	it('returns null if the response is null', async () => {
		const lock = api.sessions[':session_id']['review-lock'];
		const param = { session_id: await createChatWithLead() };
		expect((await call(lock.$put({ param }))).session_id).toBe(param.session_id);
		await lock.$delete({ param }, { init: { keepalive: true } });
		expect(await call(lock.$get({ param }))).toBeNull();
	});

	it('builds the URLs of downloads', () => {
		const { export: download } = api.sessions[':session_id'];
		const param = { session_id: 'session_a' };
		expect(download.$path({ param, query: { format: 'csv', time_zone: 'Europe/Berlin' } })).toBe(
			'/api/sessions/session_a/export?format=csv&time_zone=Europe%2FBerlin',
		);
		expect(api['sessions.csv'].$path({ query: { q: 'a b' } })).toBe('/api/sessions.csv?q=a+b');
	});

	it('throws an ApiError with the invalid fields', async () => {
		const refused = call(api.invitations.$post({ json: { email: 'not an email', role: 'agent' } }));
		await expect(refused).rejects.toBeInstanceOf(ApiError);
		await expect(refused).rejects.toMatchObject({
			status: 422,
			errors: [{ path: 'email', message: expect.any(String) as string }],
		});
	});
});

describe('a response that is not the API’s', () => {
	const respond = (response: Response) => vi.mocked(fetch).mockResolvedValue(response);

	it('is refused when it is a page', async () => {
		respond(new Response('<html>', { headers: { 'content-type': 'text/html' } }));
		await expect(call(api.reviews.counts.$get())).rejects.toThrow('Reload the page');
	});

	it('is refused when it is broken JSON', async () => {
		respond(new Response('{', { headers: { 'content-type': 'application/json' } }));
		await expect(call(api.reviews.counts.$get())).rejects.toThrow('Reload the page');
	});

	it('reports the end of the auth session', async () => {
		respond(new Response(null, { status: 401 }));
		const signedOut = vi.fn();
		const stop = onSignedOut(signedOut);
		await expect(call(api.reviews.counts.$get())).rejects.toMatchObject({ status: 401 });
		expect(signedOut).toHaveBeenCalledOnce();
		stop();
	});
});
