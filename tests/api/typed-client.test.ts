import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCannedReply } from '#lib/server/conversations/canned-replies/index.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import { deliverDue } from '#lib/server/delivery/webhooks/index.ts';
import { makeChat } from '../factories/chat.ts';
import { makeDelivery } from '../factories/delivery.ts';
import { actorOf, makeUser } from '../factories/user.ts';
import { useTestServer } from '../support/server.ts';
import { useTypedClient } from '../support/typed-client.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const server = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
const client = useTypedClient(server);
const { api, automation, chats, leads, reviews, settings, sites, tests, visitors } = client;

let id = '';
const newChat = async () =>
	(await makeChat(server.ctx(), { lead: { name: 'Ada', email: 'ada@example.com' } })).session_id;

beforeAll(async () => {
	id = await newChat();
});
// Each answer is parsed by the contract's type: one that does not fit is thrown.
afterAll(() => {
	expect(client.all.filter((name) => !client.asked.has(name))).toEqual([]);
});

describe('the client of the pages, at a real server', () => {
	it('reads and changes chats', async () => {
		expect((await api.listSessions({ q: 'ada@example.com' })).items[0]?.session_id).toBe(id);
		expect((await api.countSessions({})).active).toBeGreaterThan(0);
		expect((await api.updateSession(id, { archive_status: 'archived' })).archive_status).toBe(
			'archived',
		);
		expect((await api.changeSessions({ act: 'restore', session_ids: [id] })).done).toEqual([id]);
		expect((await api.getTranscript(id)).lead?.name).toBe('Ada');
		expect((await api.submitReview(id, { qa_status: 'passed' })).qa_status).toBe('passed');
		expect((await api.listDeliveries(id)).items).toEqual([]);
		const query = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z', time_zone: 'UTC' };
		expect((await api.getStatistics(query)).totals.sessions).toBeGreaterThanOrEqual(0);
		expect(await api.getOverview({ time_zone: 'UTC' })).toBeDefined();
	});

	it('keeps filters, notes, canned replies and links', async () => {
		const filter = { completion_status: 'complete' as const };
		const saved = await api.createSavedFilter({ name: 'Mine', filter });
		expect((await api.updateSavedFilter(saved.id, { name: 'Ours' })).name).toBe('Ours');
		await api.deleteSavedFilter(saved.id);
		const note = await chats.addNote(id, 'Call back');
		expect((await chats.changeNote(id, note.id, 'Called')).note).toBe('Called');
		expect((await chats.listNotes(id)).items).toHaveLength(1);
		await chats.deleteNote(id, note.id);
		expect((await chats.listActivity(id)).items.length).toBeGreaterThan(1);
		expect((await chats.listSamePerson(id)).items).toEqual([]);
		expect((await chats.updateLead(id, { company: 'Acme' })).company).toBe('Acme');
		expect((await chats.makeResumeLink(id)).url).toContain('http');
		await chats.signOutVisitor(id);
		const writer = actorOf(await makeUser(server.app, { role: 'admin' }));
		const reply = { title: 'Hi', text: 'Hello!', is_shared: true };
		const made = await createCannedReply(server.ctx(writer), reply);
		expect((await chats.listCannedReplies()).items.map((one) => one.id)).toContain(made.id);
		await chats.deleteCannedReply(made.id);
		await chats.deleteSession(await newChat());
	});

	it('works through leads, reviews and visitors', async () => {
		expect((await leads.list({})).items.length).toBeGreaterThan(0);
		expect((await leads.setContacted(id, true)).first_contact_at).not.toBeNull();
		expect((await reviews.list('passed')).items).toHaveLength(1);
		expect((await reviews.counts()).passed).toBe(1);
		expect(await reviews.reviewers(new Date(0))).toHaveLength(1);
		expect(await reviews.next()).toBeNull();
		expect((await reviews.claim(id)).session_id).toBe(id);
		expect(await reviews.findLock(id)).not.toBeNull();
		reviews.release(id);
		await vi.waitFor(async () => expect(await reviews.findLock(id)).toBeNull());
		const other = await makeChat(server.ctx(), { lead: { email: 'bob@example.com' } });
		expect((await visitors.find(other.session_id)).items).toHaveLength(1);
		expect((await visitors.erase(other.session_id)).sessions).toBe(1);
	});

	it('sets sites and their endpoints up', async () => {
		const { key } = await sites.create({ name: 'Roofs' });
		expect((await sites.update(key, { name: 'Roofs and more' })).name).toBe('Roofs and more');
		expect((await sites.tryConnector(key, { type: 'scripted' })).is_ok).toBe(true);
		const page = await fetch('/api/sites?limit=1');
		const { next_cursor } = (await page.json()) as { next_cursor: string };
		expect((await sites.list(next_cursor)).items).toHaveLength(1);
		expect((await sites.getN8n(key)).status).toBe('none');
		const address = { url: 'http://127.0.0.1:9', api_key: 'of no n8n' };
		expect((await sites.connectN8n(key, address)).status).toBe('failed');
		expect((await sites.disconnectN8n(key, { forget: true })).status).toBe('none');
		const url = standIn().webhooks.url('typed');
		const made = await sites.createEndpoint({ site: key, url, events: ['lead.completed'] });
		expect((await sites.rotateSecret(made.id)).secret).not.toBe(made.secret);
		expect((await sites.testEndpoint(made.id)).http_status).toBe(200);
		const delivery = await makeDelivery(server.ctx(), made);
		await deliverDue(server.ctx());
		expect((await automation.listDeliveries({ site: key })).items[0]?.status).toBe('delivered');
		expect((await automation.countDeliveries({ site: key })).count).toBe(1);
		expect((await automation.replay(delivery.id)).status).toBe('pending');
		expect(await automation.replayMany({ ids: [delivery.id] })).toEqual({ replayed: 1 });
		expect((await sites.updateEndpoint(made.id, { is_enabled: false })).is_enabled).toBe(false);
		await sites.deleteEndpoint(made.id);
	});

	it('watches failures and turns', async () => {
		const failure = await recordError(server.ctx(), { workflow: 'CRM', message: 'away' });
		expect((await automation.listErrors({ workflow: 'CRM' })).items).toHaveLength(1);
		expect((await automation.listFailures(failure.group_id, {})).items).toHaveLength(1);
		expect((await automation.getFailure(failure.group_id, failure.id)).message).toBe('away');
		expect((await automation.setResolved(failure.group_id, true)).resolved_at).not.toBeNull();
		expect((await automation.listTurns({})).items.length).toBeGreaterThan(0);
		expect((await automation.listSiteTurns()).items.length).toBeGreaterThan(0);
	});

	it('runs people, keys, mails and the audit log', async () => {
		const { id: user } = await makeUser(server.app);
		expect((await settings.updateUser(user, { name: 'Eve' })).name).toBe('Eve');
		await settings.signOutEverywhere(user);
		await settings.resetTwoFactor(user);
		// Messenger is off at this server.
		await expect(settings.removePageToken('123')).rejects.toMatchObject({ status: 404 });
		const { invitation } = await settings.invite({ email: 'new@example.com', role: 'agent' });
		await settings.resendInvitation(invitation.id);
		await settings.cancelInvitation(invitation.id);
		const { api_key } = await settings.createApiKey({ name: 'n8n', scopes: ['sessions:read'] });
		expect((await settings.revokeApiKey(api_key.id)).revoked_at).not.toBeNull();
		const mail = await settings.sendTestMail();
		expect((await settings.listMails({})).items.length).toBeGreaterThan(0);
		expect((await settings.getMail(mail.id)).text).toMatch(/\w/);
		// Without a mail account there is nothing to send it by.
		await expect(settings.sendMailAgain(mail.id)).rejects.toMatchObject({ status: 409 });
		expect((await settings.listAuditEntries({})).items.length).toBeGreaterThan(3);
	});

	it('tries the AI', async () => {
		const { session_id } = await tests.start('default');
		await vi.waitFor(async () => expect((await tests.get(session_id)).messages).toHaveLength(1));
		const said = await tests.say(session_id, 'Hello', crypto.randomUUID());
		expect(said.message).toBe('Hello');
		const run = await tests.startReplay(id);
		expect((await tests.getReplay(run.id)).replay.id).toBe(run.id);
		await tests.cancelReplay(run.id).catch((error: unknown) => {
			expect(error).toMatchObject({ status: 409 });
		});
	});
});
