import { describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { siteSettings, siteSummary, type SiteSettings } from '#lib/contract/site-settings.ts';
import { workflowQuestion } from '#lib/contract/site.ts';
import { audit_entries, sites } from '#lib/server/core/db/schema/index.ts';
import { createChat } from '../factories/chat.ts';
import { toActor, signInForCookie, createUser } from '../factories/user.ts';
import { expectProblem, useTestApi } from '../support/api.ts';
import { updateSite } from '#lib/server/sites/index.ts';

const { t, call, createKeyFor } = useTestApi({ RATE_LIMIT: 'off' });

async function createSite(name: string): Promise<SiteSettings> {
	const response = await call('POST', '/api/sites', { body: { name } });
	expect(response.status).toBe(201);
	return siteSettings.parse(await response.json());
}
async function patch(key: string, body: unknown): Promise<SiteSettings> {
	const response = await call('PATCH', `/api/sites/${key}`, { body });
	expect(response.status, await response.clone().text()).toBe(200);
	return siteSettings.parse(await response.json());
}
const read = async (key: string) =>
	siteSettings.parse(await (await call('GET', `/api/sites/${key}`)).json());

describe('a site', () => {
	it('is created with a key from its name and default questions, and audited', async () => {
		const created = await createSite('Hartmann Dächer & Söhne');
		expect(created).toMatchObject({
			key: 'hartmann-dacher-sohne',
			connector: { type: 'scripted' },
			completion_phrases: ['within 24 hours'],
			archived_at: null,
		});
		expect(created.questions.map(({ key }) => key)).toContain('email');
		const config = await call('GET', `/api/embed-chat/config/${created.key}`, { key: null });
		expect(config.status).toBe(200);
		const entries = await t.app.db.select().from(audit_entries);
		expect(entries).toContainEqual(
			expect.objectContaining({ action: 'site.created', target_id: created.key }),
		);
	});

	it('is rejected if its key is taken or cannot be derived from its name', async () => {
		await createSite('Twice');
		const again = await call('POST', '/api/sites', { body: { name: 'Twice' } });
		expect((await expectProblem(again, 'conflict')).errors).toMatchObject([{ path: 'key' }]);
		const none = await call('POST', '/api/sites', { body: { name: '東京' } });
		expect((await expectProblem(none, 'invalid')).errors).toMatchObject([{ path: 'key' }]);
	});

	it('is updated field by field, with immediate effect on the widget', async () => {
		const { key, look, questions } = await createSite('Parts');
		await patch(key, { look: { ...look, accent: '#9A3E16', header_text: 'Ask us' } });
		await patch(key, { completion_phrases: ['we call you', 'we call you'], idle_minutes: 5 });
		expect(await read(key)).toMatchObject({
			look: { accent: '#9a3e16', header_text: 'Ask us' },
			completion_phrases: ['we call you'],
			idle_minutes: 5,
			questions,
		});
		const config = await call('GET', `/api/embed-chat/config/${key}`, { key: null });
		expect(await config.json()).toMatchObject({ accent: '#9a3e16', header_text: 'Ask us' });
	});

	it('publishes one event per change, and none without a change', async () => {
		const { key, name } = await createSite('Published');
		const published: string[] = [];
		const stop = t.app.events.onPublished(({ name: event, payload }) => {
			if (event === 'site.updated') published.push(payload.site.key);
		});
		await patch(key, { name, idle_minutes: 30 });
		expect(published).toEqual([]);
		await patch(key, { name: 'Published again' });
		stop();
		expect(published).toEqual([key]);
	});

	it('keeps the version of its consent while the text stays the same', async () => {
		const { key } = await createSite('Consent');
		const text = 'We keep what you write to answer you.';
		const first = await patch(key, { consent: { text, is_required: true } });
		t.advance(60_000);
		const second = await patch(key, { consent: { text, is_required: false } });
		expect(second.consent).toEqual({ ...first.consent, is_required: false });
		await patch(key, { consent: null });
		const third = await patch(key, { consent: { text: `${text} Always.`, is_required: true } });
		expect(third.consent?.version).toEqual(expect.any(String));
		expect(third.consent?.version).not.toBe(first.consent?.version);
	});

	it('normalizes allowed origins', async () => {
		const { key } = await createSite('Origins');
		const origins = ['https://WWW.Example.com/', 'http://localhost:5173', 'https://bücher.example'];
		expect((await patch(key, { allowed_origins: origins })).allowed_origins).toEqual([
			'https://www.example.com',
			'http://localhost:5173',
			'https://xn--bcher-kva.example',
		]);
	});

	it.each([
		['https://example.com/shop', /remove everything after the host: https:\/\/example\.com/],
		['example.com', /start with https/],
		['https://*.example.com', /list each origin/],
		['https://a@example.com', /username/],
		['http://[::1]:3000', /IPv6/],
		['https://', /such as https:\/\/www/],
	])('rejects the origin %s and explains why', async (origin, why) => {
		const answer = await call('PATCH', '/api/sites/default', {
			body: { allowed_origins: [origin] },
		});
		const { errors } = await expectProblem(answer, 'invalid');
		expect(errors).toMatchObject([
			{ path: 'allowed_origins.0', message: expect.stringMatching(why) as string },
		]);
	});

	it.each([
		['look.accent', { look: { accent: 'red' } }],
		['idle_minutes', { idle_minutes: 0 }],
		['retention_days', { retention_days: -1 }],
		['developer_emails.0', { developer_emails: ['nobody'] }],
		['questions.1.key', { questions: [createQuestion('name'), createQuestion('name')] }],
		[
			'questions.0.options',
			{ questions: [{ ...createQuestion('size'), type: 'choice', options: ['S'] }] },
		],
		['connector.url', { connector: { type: 'n8n', url: 'ftp://example.com' } }],
		['connector.auth_header.name', createN8nPatch({ name: 'Host', value: 'x' })],
		['connector.auth_header.value', createN8nPatch({ name: 'X-Key', value: 'a\r\nb: c' })],
	])('rejects an invalid %s', async (path, body) => {
		const answer = await call('PATCH', '/api/sites/default', { body });
		const { errors } = await expectProblem(answer, 'invalid');
		expect(errors?.map((error) => error.path)).toContain(path);
	});
});

const createQuestion = (key: string) => ({ key, label: key });
const createN8nPatch = (
	auth_header: { name: string; value?: string } | null,
	host = 'n8n.example.com',
) => ({
	connector: { type: 'n8n', url: `https://${host}/webhook/chat`, auth_header },
});

describe('the secret of a connector', () => {
	it('is sealed, never returned, and kept if an update omits it', async () => {
		const { key } = await createSite('Sealed');
		const set = await patch(key, createN8nPatch({ name: 'X-Key', value: 'hunter2-hunter2' }));
		expect(set.connector).toEqual({
			type: 'n8n',
			url: 'https://n8n.example.com/webhook/chat',
			auth_header: { name: 'X-Key' },
		});
		await patch(key, createN8nPatch({ name: 'X-Key' }));
		const rows = await t.app.db.select().from(sites);
		const connector = rows.find((row) => row.key === key)?.connector;
		if (connector?.type !== 'n8n') throw new Error('not n8n');
		expect(JSON.stringify(rows)).not.toContain('hunter2');
		expect(t.app.secrets.open(connector.auth_header?.sealed_value ?? '')).toBe('hunter2-hunter2');
		const exposed = JSON.stringify([await read(key), await t.app.db.select().from(audit_entries)]);
		expect(exposed).not.toContain('hunter2');
		expect(exposed).not.toContain('sealed_value');
	});

	it('must be entered again for another server', async () => {
		const { key } = await createSite('Elsewhere');
		await patch(key, createN8nPatch({ name: 'X-Key', value: 'hunter2-hunter2' }));
		for (const body of [
			createN8nPatch({ name: 'X-Key' }, 'evil.example.com'),
			createN8nPatch({ name: 'X-Other' }),
			{
				connector: { type: 'n8n', url: 'http://n8n.example.com/', auth_header: { name: 'X-Key' } },
			},
		]) {
			const { errors } = await expectProblem(
				await call('PATCH', `/api/sites/${key}`, { body }),
				'invalid',
			);
			expect(errors?.[0]?.path).toBe('connector.auth_header.value');
			const test = call('POST', `/api/sites/${key}/connector/test`, { body: body.connector });
			await expectProblem(await test, 'invalid');
		}
	});
});

describe('an archived site', () => {
	it('refuses new chats until it is restored', async () => {
		const { key } = await createSite('Closed');
		expect((await patch(key, { is_archived: true })).archived_at).not.toBeNull();
		const startChat = () =>
			call('POST', '/api/embed-chat/sessions', { key: null, body: { site: key } });
		await expectProblem(await startChat(), 'not_found');
		const config = await call('GET', `/api/embed-chat/config/${key}`, { key: null });
		await expectProblem(config, 'not_found');
		await patch(key, { is_archived: false });
		expect((await startChat()).status).toBe(201);
	});

	it('cannot be the default site', async () => {
		const answer = await call('PATCH', '/api/sites/default', { body: { is_archived: true } });
		await expectProblem(answer, 'conflict');
	});
});

describe('the list of sites', () => {
	it('is paged and includes recent activity', async () => {
		const { key } = await createSite('Busy');
		await createChat(t.ctx(), { site: key });
		const first = await call('GET', '/api/sites?limit=1');
		const page = pageSchema(siteSummary).parse(await first.json());
		expect(page.items).toMatchObject([{ key, recent_sessions: 1, recent_complete: 0 }]);
		const rest = await call('GET', `/api/sites?cursor=${page.next_cursor ?? ''}`);
		const { items } = pageSchema(siteSummary).parse(await rest.json());
		expect(items.map((site) => site.key)).toContain('default');
		expect(items.map((site) => site.key)).not.toContain(key);
	});
});

describe('sites are for admins only', () => {
	const CALLS = [
		['GET', '/api/sites', undefined],
		['POST', '/api/sites', { name: 'Mine' }],
		['GET', '/api/sites/default', undefined],
		['PATCH', '/api/sites/default', { name: 'Mine' }],
		['POST', '/api/sites/default/connector/test', { type: 'scripted' }],
		['POST', '/api/sites/default/page-test', { url: 'https://www.example.com' }],
	] as const;

	it.each(CALLS)('%s %s', async (method, path, body) => {
		await expectProblem(await call(method, path, { key: null, body }), 'unauthorized');
		const reader = await createKeyFor('sessions:read', 'sessions:write');
		await expectProblem(await call(method, path, { key: reader, body }), 'forbidden');
		const agent = await createUser(t.app);
		const headers = { cookie: await signInForCookie(t.app, agent), origin: t.app.config.publicUrl };
		await expectProblem(await call(method, path, { key: null, body, headers }), 'forbidden');
	});

	it('changes are audited under the admin’s name', async () => {
		const admin = toActor(await createUser(t.app, { role: 'admin', name: 'Grace' }));
		await updateSite(t.ctx(admin), 'default', { name: 'Ours' });
		const entries = await t.app.db.select().from(audit_entries);
		expect(entries.at(-1)).toMatchObject({
			action: 'site.updated',
			actor_name: 'Grace',
			detail: { changed: ['name'] },
		});
	});

	it('an unknown or malformed key is 404', async () => {
		for (const key of ['nothing', 'No_Such!', '%00']) {
			await expectProblem(await call('GET', `/api/sites/${key}`), 'not_found');
		}
	});
});

describe("a site's questions", () => {
	it('are listed for a key with sessions:read, and for no other', async () => {
		const { key } = await createSite('Asked');
		const path = `/api/sites/${key}/questions`;
		const response = await call('GET', path, { key: await createKeyFor('sessions:read') });
		expect(response.status).toBe(200);
		const { items } = pageSchema(workflowQuestion).parse(await response.json());
		expect(items).toContainEqual({ key: 'email', label: 'Email', type: 'email', required: true });
		await expectProblem(
			await call('GET', path, { key: await createKeyFor('leads:read') }),
			'forbidden',
		);
		const unknown = await call('GET', '/api/sites/nowhere/questions', {
			key: await createKeyFor('sessions:read'),
		});
		await expectProblem(unknown, 'not_found');
	});
});
