import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import {
	audit_entries,
	chat_sessions,
	mails,
	messages,
	sites,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { getMail, listMails, resendMail, sendTestMail } from './index.ts';
import { listDeveloperAddresses, queueMail, sendDueMails } from './unchecked.ts';

const t = useTestApp({ DEVELOPER_EMAILS: 'dev@example.com, ops@example.com' });
const standIn = useStandIn();
/** The test app with a mail account. */
let app: App;
const ctx = (): Ctx => ({ ...t.ctx(), app });
const LINK = 'https://chat.example.com/invite/secret-token';

beforeAll(() => {
	const mail = {
		apiKey: 're_test',
		from: 'Frontdesk <mail@example.com>',
		baseUrl: standIn().mail.url,
	};
	app = { ...t.app, config: { ...t.app.config, mail } };
});
beforeEach(async () => {
	await t.app.db.delete(mails);
	standIn().mail.clear();
});

let keyCount = 0;
const createTestMail = (over: { to?: string | string[]; key?: string } = {}) => ({
	template: 'test' as const,
	data: { asked_by: 'Ada' },
	to: over.to ?? 'ada@example.com',
	dedupe_key: over.key ?? `test:${++keyCount}`,
});
const createInvitation = (dedupe_key: string) => ({
	template: 'invitation' as const,
	data: { invited_by: 'Ada', role: 'agent' as const, days: 7 },
	to: 'new@example.com',
	dedupe_key,
	one_time_link: LINK,
});
const listRows = () => t.app.db.select().from(mails);
const listStatuses = async () => (await listRows()).map(({ status }) => status);

/** Returns the milliseconds until the mail's next attempt, or null when there is none. */
async function getMsUntilDue() {
	const [row] = await listRows();
	return row?.next_attempt_at ? Math.max(0, row.next_attempt_at.getTime() - +app.clock()) : null;
}

describe('without a mail account', () => {
	it('mail stays in the outbox, where admins can read it and open its link', async () => {
		const [queued] = await queueMail(t.ctx(), createInvitation('a'));
		expect(queued).toMatchObject({ status: 'outbox', to: 'new@example.com' });
		expect(await sendDueMails(t.ctx())).toBe(0);
		const content = await getMail(t.ctx(), queued?.id ?? 0);
		expect(content.text).toContain(LINK);
		expect(content.html).toContain(`href="${LINK}"`);
		expect(JSON.stringify(await listRows())).not.toContain('secret-token');
		await expect(resendMail(t.ctx(), content.id)).rejects.toMatchObject({ code: 'conflict' });
	});

	it('hides one-time links from API keys, and audits which user read one', async () => {
		const [queued] = await queueMail(t.ctx(), createInvitation('b'));
		const id = queued?.id ?? 0;
		const key = {
			type: 'api_key' as const,
			id: null,
			name: 'environment',
			scopes: ['admin' as const],
		};
		const seen = await getMail(t.ctx(key), id);
		expect(JSON.stringify(seen)).not.toContain('secret-token');
		const listViews = () =>
			t.app.db.select().from(audit_entries).where(eq(audit_entries.action, 'mail.link_viewed'));
		const before = (await listViews()).length;
		// Inactive, because another test counts the admins.
		const admin = toActor(await createUser(t.app, { role: 'admin', is_active: false }));
		expect((await getMail(t.ctx(admin), id)).text).toContain(LINK);
		expect((await listViews()).slice(before)).toMatchObject([
			{ actor_type: 'user', target_id: String(id), target_name: 'new@example.com' },
		]);
		const stale = { ...admin, confirmed_at: new Date(0) };
		await expect(getMail(t.ctx(stale), id)).rejects.toMatchObject({
			code: 'confirmation_required',
		});
	});

	it('pending mail can still be read after the account is removed', async () => {
		await queueMail(ctx(), createTestMail());
		await sendDueMails(t.ctx());
		expect(await listStatuses()).toEqual(['outbox']);
	});
});

describe('mail is never duplicated', () => {
	it('for the same key and address, even concurrently', async () => {
		await Promise.all([1, 2, 3].map(() => queueMail(ctx(), createTestMail({ key: 'same' }))));
		await queueMail(
			ctx(),
			createTestMail({ key: 'same', to: ['ADA@example.com', 'bob@example.com'] }),
		);
		expect((await listRows()).map(({ to }) => to).sort()).toEqual([
			'ada@example.com',
			'bob@example.com',
		]);
	});

	it('or queued by a transaction that is rolled back', async () => {
		const undone = inTransaction(ctx(), async (tx) => {
			await queueMail(tx, createTestMail());
			throw new Error('undone');
		});
		await expect(undone).rejects.toThrow('undone');
		expect(await listRows()).toEqual([]);
	});

	it('by concurrent processes', async () => {
		for (let i = 0; i < 10; i++) await queueMail(ctx(), createTestMail());
		await Promise.all([sendDueMails(ctx()), sendDueMails(ctx()), sendDueMails(ctx())]);
		expect(standIn().mail.recorder.requests).toHaveLength(10);
		expect(new Set(await listStatuses())).toEqual(new Set(['sent']));
	});

	it('when the service’s response is lost', async () => {
		await queueMail(ctx(), createTestMail());
		standIn().mail.failNext('accepted-then-reset');
		await sendDueMails(ctx());
		expect(await listStatuses()).toEqual(['pending']);
		t.advance(60_000);
		await sendDueMails(ctx());
		expect(await listStatuses()).toEqual(['sent']);
		expect(standIn().mail.recorder.requests).toHaveLength(2);
		expect(standIn().mail.accepted).toHaveLength(1);
	});
});

describe('a mail account', () => {
	it('receives text and HTML from the configured sender, and the link is deleted after sending', async () => {
		const [queued] = await queueMail(ctx(), createInvitation('b'));
		await sendDueMails(ctx());
		expect(standIn().mail.accepted[0]).toMatchObject({
			from: 'Frontdesk <mail@example.com>',
			to: ['new@example.com'],
			text: expect.stringContaining(LINK) as string,
			html: expect.stringContaining(`href="${LINK}"`) as string,
		});
		const content = await getMail(ctx(), queued?.id ?? 0);
		expect(content).toMatchObject({ status: 'sent', last_error: null });
		expect(content.html + content.text).not.toContain('secret-token');
		expect((await listRows())[0]?.sealed_link).toBeNull();
		await expect(resendMail(ctx(), content.id)).rejects.toThrow('create a new invitation');
	});

	it.each(['busy', 'broken', 'not-json', 'reset'] as const)(
		'is called again later when it is %s',
		async (failure) => {
			await queueMail(ctx(), createTestMail());
			standIn().mail.failNext(failure);
			expect(await sendDueMails(ctx())).toBe(1);
			const [row] = await listRows();
			expect(row).toMatchObject({ status: 'pending', last_error: expect.any(String) as string });
			t.advance(60_000);
			expect(await sendDueMails(ctx())).toBe(1);
			expect(await listStatuses()).toEqual(['sent']);
		},
	);

	it.each(['unprocessable', 'wrong-key'] as const)(
		'that responds with %s is called again only when an admin resends the mail',
		async (failure) => {
			const [queued] = await queueMail(ctx(), createTestMail());
			standIn().mail.failNext(failure);
			await sendDueMails(ctx());
			expect((await listRows())[0]).toMatchObject({
				status: 'failed',
				last_error: expect.stringMatching(/^(422: Invalid|401: API key)/) as string,
			});
			await resendMail(ctx(), queued?.id ?? 0);
			await sendDueMails(ctx());
			expect(await listStatuses()).toEqual(['sent']);
		},
	);

	it('is called for the last time within 24 hours, which is how long it stores idempotency keys', async () => {
		await queueMail(ctx(), createTestMail());
		let waited = 0;
		for (let due = await getMsUntilDue(); due !== null; due = await getMsUntilDue()) {
			t.advance(due);
			waited += due;
			standIn().mail.failNext('broken');
			await sendDueMails(ctx());
		}
		expect((await listRows())[0]).toMatchObject({ status: 'failed', attempt_count: 8 });
		expect(waited).toBeLessThan(24 * 3_600_000);
	});

	it('is called again for mail that a crashed process had claimed', async () => {
		await queueMail(ctx(), createTestMail());
		const soon = new Date(app.clock().getTime() + 60_000);
		await t.app.db.update(mails).set({ claimed_until: soon, attempt_count: 1 });
		expect(await sendDueMails(ctx())).toBe(0);
		t.advance(61_000);
		expect(await sendDueMails(ctx())).toBe(1);
	});

	it('receives nothing after the process stops, and the mail stays due', async () => {
		await queueMail(ctx(), createTestMail());
		standIn().mail.failNext('hang');
		const stopping = new AbortController();
		const run = sendDueMails(ctx(), { signal: stopping.signal });
		await standIn().mail.recorder.waitFor(1);
		stopping.abort();
		await run;
		expect((await listRows())[0]).toMatchObject({ status: 'pending', schedule_step: 0 });
		expect(await sendDueMails(ctx())).toBe(1);
		expect(await listStatuses()).toEqual(['sent']);
	});
});

describe('a review', () => {
	it('with an issue mails the developers once, and a fix mails the reviewer once', async () => {
		const reviewer = await createUser(t.app, { name: 'Rita' });
		const { session_id } = await createChat(t.ctx(), {
			messages: ['What is the <b>price</b>?'],
			lead: { name: 'Maya' },
		});
		const by = t.ctx(toActor(reviewer));
		await submitReview(by, session_id, { qa_status: 'issue', notes: 'Wrong <price>\nsays 5' });
		const issue = await listRows();
		expect(issue.map(({ to }) => to).sort()).toEqual(['dev@example.com', 'ops@example.com']);
		expect(issue[0]?.subject).toBe('Issue on Default: Wrong <price>');
		expect(issue[0]?.text).toContain('> Visitor: What is the <b>price</b>?');
		expect(issue[0]?.text).toContain(`/inbox/${session_id}`);
		expect(issue[0]?.html).toContain('Wrong &lt;price&gt;<br>says 5');
		expect(issue[0]?.html).not.toContain('<b>price');
		await submitReview(t.ctx(), session_id, { qa_status: 'fixed', developer_feedback: 'Mended' });
		const fixed = (await listRows()).filter(({ template }) => template === 'review_fixed');
		expect(fixed).toMatchObject([{ to: reviewer.email, subject: 'Fixed on Default: Mended' }]);
	});

	it('with a pinned message mails the reasons and the conversation up to that message, which is marked', async () => {
		const { session_id } = await createChat(t.ctx(), { messages: ['First', 'At fault', 'Later'] });
		const [, fault] = await t.app.db
			.select({ id: messages.id })
			.from(messages)
			.innerJoin(chat_sessions, eq(chat_sessions.id, messages.chat_session_id))
			.where(eq(chat_sessions.public_id, session_id))
			.orderBy(messages.id);
		await submitReview(t.ctx(), session_id, {
			qa_status: 'issue',
			notes: 'Asked again',
			reasons: ['asked_twice'],
			message_id: fault?.id,
		});
		const [mail] = await listRows();
		expect(mail?.text).toContain('Reasons: asked twice');
		expect(mail?.text).toContain('> Visitor (message with the issue): At fault');
		expect(mail?.text).not.toContain('Later');
	});

	it('of a test chat sends no mail', async () => {
		const { session_id } = await createChat(t.ctx(), { channel: 'test' });
		await submitReview(t.ctx(), session_id, { qa_status: 'issue', notes: 'Wrong' });
		expect(await listRows()).toEqual([]);
	});
});

it('the recipients are the site’s developers, else those of the environment, else the admins', async () => {
	const [site] = await t.app.db
		.update(sites)
		.set({ developer_emails: ['site@example.com'] })
		.returning();
	expect(await listDeveloperAddresses(t.ctx(), site?.id)).toEqual(['site@example.com']);
	await t.app.db.update(sites).set({ developer_emails: [] }).where(eq(sites.key, 'default'));
	expect(await listDeveloperAddresses(t.ctx(), site?.id)).toEqual(t.app.config.developerEmails);
	const admin = await createUser(t.app, { role: 'admin' });
	await createUser(t.app, { role: 'admin', is_active: false });
	const app = { ...t.app, config: { ...t.app.config, developerEmails: [] } };
	expect(await listDeveloperAddresses({ ...t.ctx(), app })).toEqual([admin.email]);
});

describe('only admins', () => {
	it('can list, read, resend and test mail', async () => {
		const agent = await createUserCtx(t);
		const [queued] = await queueMail(t.ctx(), createTestMail());
		const id = queued?.id ?? 0;
		const refusal = { code: 'forbidden' };
		await expect(listMails(agent, {})).rejects.toMatchObject(refusal);
		await expect(getMail(agent, id)).rejects.toMatchObject(refusal);
		await expect(resendMail(agent, id)).rejects.toMatchObject(refusal);
		await expect(sendTestMail(agent)).rejects.toMatchObject(refusal);
		await expect(sendTestMail(t.ctx())).rejects.toMatchObject({ code: 'conflict' });
	});

	it('get mail in pages, newest first, filtered by status', async () => {
		const admin = await createUserCtx(t, { role: 'admin' });
		const created = [];
		for (let i = 0; i < 3; i++) created.push(await sendTestMail(admin));
		const first = await listMails(admin, { limit: 2, status: 'outbox' });
		expect(first.items.map(({ id }) => id)).toEqual([created[2]?.id, created[1]?.id]);
		const rest = await listMails(admin, { cursor: first.next_cursor ?? '', status: 'outbox' });
		expect(rest.items.map(({ id }) => id)).toEqual([created[0]?.id]);
		expect((await listMails(admin, { status: 'failed' })).items).toEqual([]);
	});
});
