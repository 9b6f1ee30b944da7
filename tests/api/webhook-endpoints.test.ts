import { createHmac } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { webhookEvent } from '#lib/contract/events.ts';
import {
	newWebhookEndpoint,
	webhookEndpoint,
	webhookTest,
} from '#lib/contract/webhook-endpoint.ts';
import {
	audit_entries,
	deliveries,
	mails,
	sites,
	suite_runs,
	suites,
	webhook_endpoints,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import {
	sendDueDeliveries,
	ensureDefaultEndpoint,
} from '#lib/server/delivery/webhooks/unchecked.ts';
import { setChallenger } from '#lib/server/ai/challengers/index.ts';
import { returnToChampion } from '#lib/server/ai/challengers/unchecked.ts';
import { clearOutcome, setOutcome, undoCompletion, updateLead } from '#lib/server/leads/index.ts';
import { readRun } from '#lib/server/quality/suites/run-rows.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { sweepOverdueLeads } from '#lib/server/leads/unchecked.ts';
import { requestHandoff, takeOver } from '#lib/server/conversations/handoffs/index.ts';
import { sweepHandoffs } from '#lib/server/conversations/handoffs/unchecked.ts';
import { completeSession, sweepSessions } from '#lib/server/conversations/sessions/unchecked.ts';
import { createChat } from '../factories/chat.ts';
import { createDelivery } from '../factories/delivery.ts';
import { signInForCookie, createUser, createUserCtx } from '../factories/user.ts';
import { expectProblem, useTestApi } from '../support/api.ts';
import { useReceivers } from '../support/receivers.ts';
import type { RecordedRequest } from '../support/stand-in/index.ts';

const PATH = '/api/webhook-endpoints';
const { t, call, createKeyFor } = useTestApi({ RATE_LIMIT: 'off' });
const receivers = useReceivers(t);

const list = async () =>
	pageSchema(webhookEndpoint).parse(await (await call('GET', `${PATH}?site=default`)).json()).items;
const send = async (method: string, path: string, body?: unknown) => {
	const response = await call(method, path, { body });
	expect(response.status, await response.clone().text()).toBeLessThan(300);
	return response;
};
const rotate = async (id: number) =>
	newWebhookEndpoint.parse(await (await send('POST', `${PATH}/${id}/rotate-secret`)).json());
const testEndpoint = async (id: number) =>
	webhookTest.parse(await (await send('POST', `${PATH}/${id}/test`)).json());

const getHeaders = ({ headers }: RecordedRequest) =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
const isSignedWith = (secret: string, request: RecordedRequest) => {
	try {
		new Webhook(secret).verify(request.body.toString(), getHeaders(request));
		return true;
	} catch {
		return false;
	}
};

describe('an endpoint', () => {
	it('is created with a secret shown once, updated, disabled, enabled and deleted', async () => {
		const created = await send('POST', PATH, {
			site: 'default',
			url: 'https://one.example.com/hook',
		});
		expect(created.status).toBe(201);
		const { id, secret } = newWebhookEndpoint.parse(await created.json());
		expect(JSON.stringify(await list())).not.toContain(secret);

		await send('PATCH', `${PATH}/${id}`, {
			url: 'https://two.example.com/hook',
			events: ['review.issue', 'review.submitted'],
		});
		expect(await list()).toMatchObject([
			{ id, url: 'https://two.example.com/hook', events: ['review.issue', 'review.submitted'] },
		]);
		const waiting = await createDelivery(t.ctx(), { id });
		await send('PATCH', `${PATH}/${id}`, { is_enabled: false });
		expect(await list()).toMatchObject([
			{ is_enabled: false, disabled_reason: 'an admin disabled the webhook' },
		]);
		expect(await receivers.find(waiting.id)).toMatchObject({ status: 'failed' });
		await send('PATCH', `${PATH}/${id}`, { is_enabled: true });
		expect(await list()).toMatchObject([{ is_enabled: true, disabled_reason: null }]);

		expect((await send('DELETE', `${PATH}/${id}`)).status).toBe(204);
		expect(await list()).toEqual([]);
		await expectProblem(await call('DELETE', `${PATH}/${id}`), 'not_found');
		const [row] = await t.app.db.select().from(webhook_endpoints);
		expect(row).toMatchObject({ sealed_secret: '', is_enabled: false });
		// Its deliveries stay readable but cannot be replayed.
		expect(await receivers.find(waiting.id)).toMatchObject({ url: 'https://two.example.com' });
		await expectProblem(await call('POST', `/api/deliveries/${waiting.id}/replay`), 'not_found');

		const entries = await t.app.db.select().from(audit_entries);
		expect(entries.map(({ action }) => action)).toEqual([
			'endpoint.created',
			'endpoint.updated',
			'endpoint.updated',
			'endpoint.updated',
			'endpoint.deleted',
		]);
		expect(JSON.stringify(entries)).not.toContain('/hook');
	});

	it('is tested with a marked, signed event, and shows the answer', async () => {
		const receiver = await receivers.createReceiver();
		expect(await testEndpoint(receiver.id)).toMatchObject({
			is_ok: true,
			http_status: 200,
			response: '{"received":true}',
			error: null,
		});
		const [request] = await receiver.waitFor(1);
		if (!request) throw new Error('no request');
		expect(request.json()).toMatchObject({ type: 'test', data: { is_test: true } });
		expect(isSignedWith(receiver.secret, request)).toBe(true);
		expect(request.headers['x-frontdesk-payload-version']).toBe('1');
	});

	it.each([
		[500, /status 500/],
		['gone', /status 410/],
		['redirect', /redirect/],
		['reset', /closed the connection unexpectedly/],
	] as const)('reports a test answered by %s, and stays enabled', async (answer, error) => {
		const receiver = await receivers.createReceiver(answer);
		const result = await testEndpoint(receiver.id);
		expect(result).toMatchObject({ is_ok: false, error: expect.stringMatching(error) as string });
		expect(await list()).toMatchObject([{ id: receiver.id, is_enabled: true }]);
	});
});

describe('rotating a secret', () => {
	it('keeps the previous secret valid for 24 hours only', async () => {
		const receiver = await receivers.createReceiver();
		const { secret: newSecret, previous_secret_until } = await rotate(receiver.id);
		expect(newSecret).not.toBe(receiver.secret);
		expect(previous_secret_until).not.toBeNull();

		await createDelivery(t.ctx(), receiver);
		await sendDueDeliveries(t.ctx());
		const [both] = await receiver.waitFor(1);
		if (!both) throw new Error('no request');
		expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);
		expect(isSignedWith(newSecret, both)).toBe(true);
		expect(isSignedWith(receiver.secret, both)).toBe(true);
		const plain = createHmac('sha256', newSecret).update(both.body).digest('hex');
		expect(both.headers['x-frontdesk-signature']).toBe(`sha256=${plain}`);

		// Changes the database instead of the clock, because the receiver rejects signatures that are a day off.
		await t.app.db.update(webhook_endpoints).set({ previous_secret_until: new Date() });
		await createDelivery(t.ctx(), receiver);
		await sendDueDeliveries(t.ctx());
		const later = (await receiver.waitFor(2))[1];
		if (!later) throw new Error('no request');
		expect(isSignedWith(newSecret, later)).toBe(true);
		expect(isSignedWith(receiver.secret, later)).toBe(false);
	});
});

/** Ends a run of a suite of the site `default`. */
const finishSuiteRun = () =>
	inTransaction(t.ctx(), async (tx) => {
		const [site] = await tx.db.select().from(sites).where(eq(sites.key, 'default'));
		const site_id = site?.id ?? 0;
		const [suite] = await tx.db.insert(suites).values({ site_id, name: 'Regression' }).returning();
		const [run] = await tx.db
			.insert(suite_runs)
			.values({
				...{ suite_id: suite?.id ?? 0, site_id, connector: { type: 'scripted' }, trigger: 'user' },
				...{ is_candidate: false, started_by: 'Ada', total: 1, status: 'passed', pass_rate: 100 },
				finished_at: t.app.clock(),
			})
			.returning();
		await record(tx, 'suite_run.finished', { suite_run: await readRun(tx, run?.id ?? 0) });
	});

/** Has the guard end a trial of the site `default`. */
async function endTrial() {
	const admin = await createUserCtx(t, { role: 'admin' });
	const input = { connector: { type: 'scripted' as const }, share_percent: 10 };
	const { challenger } = await setChallenger(admin, 'default', input);
	await inTransaction(t.ctx(), (tx) =>
		returnToChampion(tx, challenger?.id ?? 0, 'failures', { text: 'Three answers failed.' }),
	);
}

describe('the payload', () => {
	it.each(webhookEvent.options)('of %s matches its published JSON Schema', async (event) => {
		await createEndpoint(t.ctx(), {
			site: 'default',
			url: 'https://a.example.com',
			events: ['lead.completed', event],
		});
		const { id, session_id } = await createChat(t.ctx(), { lead: { email: 'ada@example.com' } });
		await completeSession(t.ctx(), { chat_session_id: id, source: 'api' });
		await updateLead(t.ctx(), { session_id }, { fields: { company: 'Acme' }, source: 'api' });
		if (event === 'lead.withdrawn') {
			await undoCompletion(t.ctx(), session_id, { reason: 'Too early' });
		}
		await submitReview(t.ctx(), session_id, { qa_status: 'issue', notes: 'Asked twice' });
		await requestHandoff(t.ctx(), session_id, { wait_seconds: 10 });
		if (event === 'handoff.missed') {
			t.advance(11_000);
			await sweepHandoffs(t.ctx());
		} else await takeOver(t.ctx(), session_id, { name: 'Ada' });
		if (event === 'lead.outcome' || event === 'lead.outcome_cleared') {
			await setOutcome(t.ctx(), session_id, { stage: 'won', value: 9.99, currency: 'EUR' });
		}
		if (event === 'lead.outcome_cleared') await clearOutcome(t.ctx(), session_id);
		if (event === 'suite_run.finished') await finishSuiteRun();
		if (event === 'challenger.returned') await endTrial();
		if (event === 'lead.overdue') {
			t.advance(25 * 3_600_000);
			await sweepOverdueLeads(t.ctx());
		}
		if (event === 'lead.abandoned') {
			await createChat(t.ctx(), { lead: { email: 'eve@example.com' } });
			t.advance(31 * 60_000);
			await sweepSessions(t.ctx());
		}
		const response = await call('GET', `/api/schemas/${event}.json`, { key: null });
		const schema = (await response.json()) as object;
		const sent = (await t.app.db.select().from(deliveries)).filter(
			(delivery) => delivery.event === event,
		);
		expect(sent).not.toEqual([]);
		const ajv = new Ajv2020({ strict: false, validateFormats: false });
		for (const { body } of sent) {
			expect(ajv.validate(schema, JSON.parse(body)), ajv.errorsText()).toBe(true);
		}
		expect(ajv.validate(schema, { type: event })).toBe(false);
	});

	it('has no schema for an unknown event', async () => {
		await expectProblem(await call('GET', '/api/schemas/nothing.json'), 'not_found');
	});
});

describe('an endpoint that keeps failing', () => {
	it('is disabled after five days without a success', async () => {
		const admin = await createUser(t.app, { role: 'admin' });
		const receiver = await receivers.createReceiverThatAlways(500);
		const sendDelivery = async () => {
			await createDelivery(t.ctx(), receiver);
			await sendDueDeliveries(t.ctx());
			return (await list())[0];
		};
		expect(await sendDelivery()).toMatchObject({
			is_enabled: true,
			failing_since: expect.any(String) as string,
		});
		t.advance(4 * 86_400_000);
		receivers.standIn.webhooks.always(receiver.name, 'ok');
		expect(await sendDelivery()).toMatchObject({ failing_since: null });
		receivers.standIn.webhooks.always(receiver.name, 500);
		expect(await sendDelivery()).toMatchObject({ is_enabled: true });
		t.advance(5 * 86_400_000);
		expect(await sendDelivery()).toMatchObject({
			is_enabled: false,
			disabled_reason: expect.stringContaining('5 days') as string,
		});
		// Admins are notified by mail, without the URL.
		const notified = await t.app.db.select().from(mails).where(eq(mails.to, admin.email));
		expect(notified).toMatchObject([{ template: 'endpoint_disabled', to: admin.email }]);
		expect(notified[0]?.text).not.toContain(receiver.name);
	});
});

describe('the endpoint from the environment', () => {
	it('can be tested, but not updated, rotated or deleted', async () => {
		const url = receivers.standIn.webhooks.url('environment');
		const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
		const config = { ...t.app.config, leadWebhook: { url, secret } };
		await ensureDefaultEndpoint({ ...t.ctx(), app: { ...t.app, config } });
		const [endpoint] = await list();
		if (!endpoint) throw new Error('no endpoint');
		expect(endpoint).toMatchObject({ is_from_environment: true });
		const path = `${PATH}/${endpoint.id}`;
		for (const refused of [
			call('PATCH', path, { body: { url: 'https://other.example.com' } }),
			call('PATCH', path, { body: { is_enabled: false } }),
			call('POST', `${path}/rotate-secret`),
			call('DELETE', path),
		]) {
			const { detail } = await expectProblem(await refused, 'conflict');
			expect(detail).toContain('LEAD_WEBHOOK_URL');
		}
		expect(await testEndpoint(endpoint.id)).toMatchObject({ is_ok: true });
	});
});

describe('endpoints are for admins only', () => {
	it.each([
		['GET', PATH, undefined],
		['POST', PATH, { site: 'default', url: 'https://mine.example.com' }],
		['PATCH', `${PATH}/1`, { is_enabled: false }],
		['DELETE', `${PATH}/1`, undefined],
		['POST', `${PATH}/1/rotate-secret`, undefined],
		['POST', `${PATH}/1/test`, undefined],
	])('%s %s', async (method, path, body) => {
		await expectProblem(await call(method, path, { key: null, body }), 'unauthorized');
		const key = await createKeyFor('leads:read', 'leads:write');
		await expectProblem(await call(method, path, { key, body }), 'forbidden');
		const cookie = await signInForCookie(t.app, await createUser(t.app));
		const headers = { cookie, origin: t.app.config.publicUrl };
		await expectProblem(await call(method, path, { key: null, body, headers }), 'forbidden');
	});

	it.each([
		['url', { url: 'ftp://example.com' }],
		['url', { url: 'https://me:secret@example.com' }],
		['events', { events: [] }],
		['events.0', { events: ['session.exploded'] }],
		['', { secret: 'whsec_x' }],
	])('an invalid %s is rejected', async (path, body) => {
		const { id } = await receivers.createReceiver();
		const { errors } = await expectProblem(
			await call('PATCH', `${PATH}/${id}`, { body }),
			'invalid',
		);
		expect(errors?.[0]?.path).toBe(path);
	});
});
