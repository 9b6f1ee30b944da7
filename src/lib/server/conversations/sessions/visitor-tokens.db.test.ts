import { createHmac, hkdfSync } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import { createResumeLink, requireVisitorToken, signOutVisitor, startSession } from './index.ts';
import { resumeSession } from './unchecked.ts';

const t = useTestApp();
const DAY = 24 * 3_600_000;

const start = (client_session_id?: string) =>
	startSession(t.ctx({ type: 'anonymous' }), { site: 'default', client_session_id });
const requireToken = (id: string, token: string) =>
	requireVisitorToken(t.ctx({ type: 'anonymous' }), id, token);
const refused = (message: string) =>
	expect.objectContaining({ code: 'unauthorized', message }) as Error;

/** Creates a token in the format before tokens had a version and a time. */
const createOldToken = (id: string) =>
	createHmac(
		'sha256',
		Buffer.from(
			hkdfSync('sha256', 'a secret key for tests only', '', 'frontdesk visitor token', 32),
		),
	)
		.update(id)
		.digest('base64url');

describe('a visitor’s token', () => {
	it('opens only its own chat, and none if altered', async () => {
		const [one, other] = [await start(), await start()];
		expect(await requireToken(one.session.session_id, one.token)).toMatchObject({
			id: one.session.id,
		});
		for (const wrong of [
			other.token,
			`${one.token}x`,
			one.token.replace('v1.0.', 'v1.1.'),
			'',
			'v1',
		]) {
			await expect(requireToken(one.session.session_id, wrong)).rejects.toEqual(
				refused('the token does not belong to this chat session'),
			);
		}
	});

	it('is extended by its use and the chat’s activity, for the number of days that the site sets', async () => {
		await t.app.db.update(sites).set({ visitor_token_days: 10 }).where(eq(sites.key, 'default'));
		const { session, token } = await start();
		t.advance(9 * DAY);
		const { token: renewed } = await requireToken(session.session_id, token);
		expect(renewed).not.toBe(token);
		t.advance(9 * DAY);
		await expect(requireToken(session.session_id, token)).rejects.toEqual(
			refused('the token has expired'),
		);
		await requireToken(session.session_id, renewed);
		t.advance(2 * DAY);
		await expect(requireToken(session.session_id, renewed)).rejects.toEqual(
			refused('the token has expired'),
		);
		await t.app.db
			.update(chat_sessions)
			.set({ last_activity_at: t.app.clock() })
			.where(eq(chat_sessions.id, session.id));
		await requireToken(session.session_id, token);
	});

	it('in an earlier format expires by the same rule, is renewed, and can be revoked', async () => {
		const { session } = await start();
		const old = createOldToken(session.session_id);
		const { token } = await requireToken(session.session_id, old);
		expect(token).toMatch(/^v1\./);
		await signOutVisitor(t.ctx(), session.session_id);
		await expect(requireToken(session.session_id, old)).rejects.toEqual(
			refused('the token was revoked'),
		);
		await expect(requireToken(session.session_id, token)).rejects.toEqual(
			refused('the token was revoked'),
		);
	});

	it('is revoked with all resume links, and the client id that started the chat grants no new one', async () => {
		const client_session_id = '4b0a5f0e-2f39-4a3c-9d29-6cbb8a1c6a01';
		const { session, token } = await start(client_session_id);
		const agent = await createUserCtx(t);
		const link = new URL((await createResumeLink(agent, session.session_id)).url);
		const resume = { token: link.searchParams.get('resume') ?? '', site_key: 'default' };
		const resumed = await resumeSession(t.ctx(), resume);
		expect(resumed?.session_id).toBe(session.session_id);
		await requireToken(session.session_id, resumed?.token ?? '');

		await signOutVisitor(agent, session.session_id);
		expect(await resumeSession(t.ctx(), resume)).toBeNull();
		for (const gone of [token, resumed?.token ?? '']) {
			await expect(requireToken(session.session_id, gone)).rejects.toEqual(
				refused('the token was revoked'),
			);
		}
		const again = await start(client_session_id);
		expect(again.session.session_id).not.toBe(session.session_id);
	});

	it('is not issued again for a chat whose token has expired', async () => {
		const client_session_id = '4b0a5f0e-2f39-4a3c-9d29-6cbb8a1c6a02';
		const first = await start(client_session_id);
		const same = await start(client_session_id);
		expect([same.token, same.session.session_id]).toEqual([first.token, first.session.session_id]);
		t.advance(11 * DAY);
		const later = await start(client_session_id);
		expect(later.session.session_id).not.toBe(first.session.session_id);
		expect(later.is_new).toBe(true);
	});
});
