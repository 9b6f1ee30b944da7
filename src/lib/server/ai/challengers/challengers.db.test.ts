import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser, createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { AiMode } from '../../../../../tests/support/stand-in/index.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import type { Actor } from '#lib/server/core/context.ts';
import {
	ai_turns,
	alerts,
	audit_entries,
	challengers,
	chat_sessions,
	sites,
	suite_runs,
	suites,
	type ConnectorSettings,
} from '#lib/server/core/db/schema/index.ts';
import { readRun } from '#lib/server/quality/suites/run-rows.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { listActivity } from '#lib/server/conversations/transcripts/index.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { foldStatistics } from '#lib/server/statistics/unchecked.ts';
import { getTrial, promoteChallenger, setChallenger, stopTrial, undoPromotion } from './index.ts';
import { guardAgainstFailures } from './guard.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
let admin: Actor;

beforeAll(async () => {
	admin = toActor(await createUser(t.app, { role: 'admin' }));
	t.app.turns.start();
});
afterAll(() => t.app.turns.drain(0));

const webhook = (mode: AiMode) => ({
	type: 'n8n' as const,
	url: standIn().ai.url(mode),
	auth_header: null,
});
const CHAMPION: AiMode = 'object';
const CHALLENGER: AiMode = 'text';
const ctx = () => t.ctx(admin);

/** Creates a site whose champion works, with a challenger for all new visitors. */
async function createTrialSite({ mode = CHALLENGER, share_percent = 100 } = {}) {
	const { key } = await createSite(t.app, { greeting: 'Hi!', connector: webhook(CHAMPION) });
	await setChallenger(ctx(), key, { connector: webhook(mode), share_percent });
	return key;
}

async function startChat(site: string, visitor_id = randomUUID()) {
	const { session } = await startSession(t.ctx(), { site, visitor_id });
	const { session_id, id, arm } = session;
	let count = 1;
	await waitForMessages(t.ctx(), session_id, count);
	const say = async (message: string) => {
		await sendVisitorMessage(t.ctx(), { session_id, chat_session_id: id, message });
		count += 2;
		await waitForMessages(t.ctx(), session_id, count);
		return getCalledPath(id);
	};
	return { session_id, id, arm, say };
}

/** Returns the path that the last turn of a chat called, which is a mode of the stand-in. */
async function getCalledPath(id: number): Promise<string | undefined> {
	const turns = await t.app.db
		.select({ turn_id: ai_turns.turn_id })
		.from(ai_turns)
		.where(eq(ai_turns.chat_session_id, id))
		.orderBy(ai_turns.id);
	const turnId = turns.at(-1)?.turn_id ?? '';
	return standIn().ai.recorder.requests.find(({ body }) => body.includes(turnId))?.path;
}
const getPath = (mode: AiMode) => new URL(standIn().ai.url(mode)).pathname;

const assignArms = async (site: string, visitors: string[]) =>
	Promise.all(
		visitors.map(async (visitor_id) => {
			const { session } = await startSession(
				t.ctx(),
				{ site, visitor_id },
				{ wants_greeting: false },
			);
			return session.arm;
		}),
	);

describe('a chat that begins during a trial', () => {
	it('is assigned by share, and a visitor stays with their AI in later chats, whatever the share', async () => {
		const site = await createTrialSite({ share_percent: 50 });
		const visitors = Array.from({ length: 60 }, () => randomUUID());
		const first = await assignArms(site, visitors);
		const challenged = first.filter((arm) => arm === 'challenger').length;
		// Outside of this range once in a million.
		expect(challenged).toBeGreaterThan(10);
		expect(challenged).toBeLessThan(50);
		await setChallenger(ctx(), site, { connector: webhook(CHALLENGER), share_percent: 0 });
		expect(await assignArms(site, visitors)).toEqual(first);
		expect(await assignArms(site, [randomUUID(), randomUUID()])).toEqual(['champion', 'champion']);
		const { challenger } = await getTrial(ctx(), site);
		expect(challenger).toMatchObject({ share_percent: 0, ended_at: null });
	});

	it('has no arm without a trial, nor in a test chat', async () => {
		const { key } = await createSite(t.app, {});
		expect(await assignArms(key, [randomUUID()])).toEqual([null]);
		const site = await createTrialSite();
		const { session } = await startSession(t.ctx(), { site }, { channel: 'test' });
		expect(session.arm).toBeNull();
	});

	it('keeps its AI when the trial is stopped, when the challenger is promoted, and when that is undone', async () => {
		const site = await createTrialSite();
		const before = await startChat(site);
		await setChallenger(ctx(), site, { connector: webhook(CHALLENGER), share_percent: 0 });
		const champion = await startChat(site);
		expect(await before.say('One')).toBe(getPath(CHALLENGER));
		expect(await champion.say('One')).toBe(getPath(CHAMPION));

		await promoteChallenger(ctx(), site);
		const promoted = await startChat(site);
		expect(await before.say('Two')).toBe(getPath(CHALLENGER));
		expect(await champion.say('Two')).toBe(getPath(CHAMPION));
		expect(await promoted.say('Two')).toBe(getPath(CHALLENGER));

		await undoPromotion(ctx(), site);
		const restored = await startChat(site);
		expect(await before.say('Three')).toBe(getPath(CHALLENGER));
		expect(await champion.say('Three')).toBe(getPath(CHAMPION));
		expect(await promoted.say('Three')).toBe(getPath(CHALLENGER));
		expect(await restored.say('Three')).toBe(getPath(CHAMPION));

		await setChallenger(ctx(), site, { connector: webhook(CHALLENGER), share_percent: 100 });
		const stopped = await startChat(site);
		await stopTrial(ctx(), site);
		expect(await stopped.say('Four')).toBe(getPath(CHALLENGER));
		expect(await (await startChat(site)).say('Four')).toBe(getPath(CHAMPION));
	});

	it('keeps its challenger when another one replaces it', async () => {
		const site = await createTrialSite();
		const first = await startChat(site);
		const { challenger } = await setChallenger(ctx(), site, {
			connector: webhook('echo'),
			share_percent: 100,
		});
		const second = await startChat(site);
		expect(await first.say('One')).toBe(getPath(CHALLENGER));
		expect(await second.say('One')).toBe(getPath('echo'));
		const rows = await t.app.db
			.select()
			.from(challengers)
			.where(eq(challengers.id, challenger?.id ?? 0));
		expect(rows).toMatchObject([{ ended_at: null }]);
	});
});

describe('the settings of a challenger', () => {
	it('are sealed like those of the champion, and keep omitted secrets', async () => {
		const { key } = await createSite(t.app, {});
		const auth_header = { name: 'X-Key', value: 'hunter2' };
		const set = (header: object) =>
			setChallenger(ctx(), key, {
				connector: { ...webhook(CHALLENGER), auth_header: header as never },
				share_percent: 10,
			});
		const trial = await set(auth_header);
		expect(JSON.stringify(trial)).not.toContain('hunter2');
		const again = await set({ name: 'X-Key' });
		expect(again.challenger?.id).toBe(trial.challenger?.id);
		const [row] = await t.app.db
			.select()
			.from(challengers)
			.where(eq(challengers.id, trial.challenger?.id ?? 0));
		const header = row?.connector.type === 'n8n' ? row.connector.auth_header : null;
		expect(header?.sealed_value).not.toContain('hunter2');
		expect(t.app.secrets.open(header?.sealed_value ?? '')).toBe('hunter2');
	});

	it('are for admins, and need a trial', async () => {
		const site = await createTrialSite();
		const agent = await createUserCtx(t);
		for (const act of [getTrial, stopTrial, promoteChallenger, undoPromotion]) {
			await expect((async () => act(agent, site))()).rejects.toMatchObject({ code: 'forbidden' });
		}
		await stopTrial(ctx(), site);
		for (const act of [stopTrial, promoteChallenger, undoPromotion]) {
			await expect(act(ctx(), site)).rejects.toMatchObject({ code: 'conflict' });
		}
	});

	it('are not promoted where the environment sets the champion, which the next start would restore', async () => {
		await setChallenger(ctx(), 'default', { connector: webhook(CHALLENGER), share_percent: 100 });
		const aiWebhook = { url: standIn().ai.url(CHAMPION), auth: null };
		const app = { ...t.app, config: { ...t.app.config, aiWebhook } };
		const promoted = promoteChallenger({ ...ctx(), app }, 'default');
		await expect(promoted).rejects.toMatchObject({ code: 'conflict' });
		expect((await stopTrial(ctx(), 'default')).champion).toEqual({ type: 'scripted' });
	});

	it('are promoted and restored with an entry in the audit log', async () => {
		const site = await createTrialSite();
		const { champion } = await promoteChallenger(ctx(), site);
		expect(champion).toMatchObject({ url: standIn().ai.url(CHALLENGER) });
		const undone = await undoPromotion(ctx(), site);
		expect(undone).toMatchObject({
			champion: { url: standIn().ai.url(CHAMPION) },
			can_undo: false,
			challenger: { ended_because: 'promoted', undone_at: expect.any(String) as string },
		});
		const entries = await t.app.db
			.select({ action: audit_entries.action })
			.from(audit_entries)
			.where(and(eq(audit_entries.target_type, 'site'), eq(audit_entries.target_id, site)))
			.orderBy(audit_entries.id);
		expect(entries.map(({ action }) => action)).toEqual([
			'challenger.started',
			'challenger.promoted',
			'challenger.promotion_undone',
		]);
	});
});

describe('the guard', () => {
	it('returns everyone to the champion after three failed answers in a row, with one notice', async () => {
		const site = await createTrialSite({ mode: 'not-registered' });
		const events: unknown[] = [];
		const stop = t.app.events.onPublished(({ name, payload }) => {
			if (name === 'challenger.returned') events.push(payload);
		});
		const chats = [await startChat(site), await startChat(site), await startChat(site)];
		const quiet = await startChat(site);
		for (const chat of chats) {
			expect((await getTrial(ctx(), site)).challenger?.ended_at).toBeNull();
			expect(await chat.say('Hello')).toBe(getPath('not-registered'));
		}
		const { challenger } = await getTrial(ctx(), site);
		expect(challenger).toMatchObject({
			ended_because: 'failures',
			ended_detail: {
				text: 'Three answers in a row failed (not registered, not registered, not registered).',
			},
		});
		expect(events).toMatchObject([{ site, challenger_id: challenger?.id, because: 'failures' }]);
		stop();

		// Including the chats that began with the challenger, each with one activity entry about it.
		for (const chat of [...chats, quiet])
			expect(await chat.say('Still there?')).toBe(getPath(CHAMPION));
		await quiet.say('And now?');
		expect(await getSession(t.ctx(), quiet.session_id)).toMatchObject({ arm: 'returned' });
		const { items } = await listActivity(t.ctx(), quiet.session_id);
		expect(items.filter(({ action }) => action === 'session.returned')).toHaveLength(1);
		const [row] = await t.app.db.select().from(sites).where(eq(sites.key, site));
		expect(row?.ai_down_since).toBeNull();
		const raised = await t.app.db
			.select()
			.from(alerts)
			.where(and(eq(alerts.site_id, row?.id ?? 0), eq(alerts.kind, 'challenger_returned')));
		expect(raised).toHaveLength(1);
		const returned = await t.app.db
			.select()
			.from(audit_entries)
			.where(
				and(eq(audit_entries.action, 'challenger.returned'), eq(audit_entries.target_id, site)),
			);
		expect(returned).toMatchObject([{ actor_type: 'system' }]);
		expect(await (await startChat(site)).say('Hello')).toBe(getPath(CHAMPION));
	});

	it('counts answers that fail at the same moment one after another', async () => {
		const site = await createTrialSite();
		const { challenger } = await getTrial(ctx(), site);
		const id = challenger?.id ?? 0;
		const { id: chat_session_id } = await startChat(site);
		await Promise.all(
			[1, 2, 3].map(() =>
				inTransaction(t.ctx(), async (tx) => {
					const turn = {
						chat_session_id,
						action: 'message',
						connector: 'n8n',
						challenger_id: id,
					} as const;
					const ended = { outcome: 'timeout', finished_at: t.app.clock() } as const;
					await tx.db.insert(ai_turns).values({ ...turn, ...ended, turn_id: randomUUID() });
					await guardAgainstFailures(tx, id);
				}),
			),
		);
		expect((await getTrial(ctx(), site)).challenger?.ended_because).toBe('failures');
	});

	it('returns everyone to the champion when a suite passes less often with the challenger', async () => {
		const site = await createTrialSite({ share_percent: 0 });
		const [row] = await t.app.db.select().from(sites).where(eq(sites.key, site));
		const [suite] = await t.app.db
			.insert(suites)
			.values({ site_id: row?.id ?? 0, name: 'Regression' })
			.returning();
		const finish = (
			connector: ConnectorSettings,
			is_candidate: boolean,
			pass_rate: number,
			content_digest = 'unchanged',
		) =>
			inTransaction(t.ctx(), async (tx) => {
				const [run] = await tx.db
					.insert(suite_runs)
					.values({
						...{
							suite_id: suite?.id ?? 0,
							site_id: row?.id ?? 0,
							connector,
							is_candidate,
							pass_rate,
							content_digest,
						},
						...{ trigger: 'user', started_by: 'Ada', total: 10, status: 'failed' },
						finished_at: t.app.clock(),
					})
					.returning();
				await record(tx, 'suite_run.finished', { suite_run: await readRun(tx, run?.id ?? 0) });
				return run?.id;
			});
		await finish(webhook(CHALLENGER), true, 80);
		await finish(webhook('echo'), true, 10);
		await finish(webhook(CHAMPION), false, 80);
		// The cases were edited after the champion's run, so that the challenger's says nothing about the AIs.
		await finish(webhook(CHALLENGER), true, 0, 'edited');
		expect((await getTrial(ctx(), site)).challenger?.ended_at).toBeNull();
		const suite_run_id = await finish(webhook(CHALLENGER), true, 70);
		expect((await getTrial(ctx(), site)).challenger).toMatchObject({
			ended_because: 'suite',
			ended_detail: {
				text: 'The suite “Regression” passed 70% with the challenger and 80% with the champion.',
				suite_run_id,
			},
		});
	});

	it('continues a trial if the challenger answers in between, or if Frontdesk itself failed', async () => {
		const site = await createTrialSite();
		const { challenger } = await getTrial(ctx(), site);
		const id = challenger?.id ?? 0;
		const { id: chat_session_id } = await startChat(site);
		for (const outcome of [
			'timeout',
			'timeout',
			'ok',
			'timeout',
			'internal',
			'interrupted',
			'timeout',
		] as const) {
			const turn = {
				chat_session_id,
				action: 'message',
				connector: 'n8n',
				challenger_id: id,
			} as const;
			await t.app.db.insert(ai_turns).values({
				...turn,
				outcome,
				version: 'v1',
				finished_at: t.app.clock(),
				turn_id: randomUUID(),
			});
		}
		await inTransaction(t.ctx(), (tx) => guardAgainstFailures(tx, id));
		expect((await getTrial(ctx(), site)).challenger?.ended_at).toBeNull();
	});
});

describe('the figures of a trial', () => {
	it('count completed leads with contact per opened chat, reviews and failures of each arm', async () => {
		const site = await createTrialSite({ share_percent: 100 });
		const complete = async (email?: string) => {
			const chat = await startChat(site);
			await chat.say('Hello');
			const fields = email ? { email } : { name: 'Ada' };
			await updateLead(t.ctx(), { session_id: chat.session_id }, { fields, source: 'ai' });
			await completeSession(t.ctx(), { chat_session_id: chat.id, source: 'live' });
			return chat;
		};
		const first = await complete('ada@example.com');
		await complete();
		await submitReview(ctx(), first.session_id, { qa_status: 'passed' });
		await setChallenger(ctx(), site, { connector: webhook(CHALLENGER), share_percent: 0 });
		await startChat(site);
		await foldStatistics(t.ctx());
		const { comparison } = await getTrial(ctx(), site);
		expect(comparison).toMatchObject({
			leads: { challenger: { count: 1, of: 2, rate: 0.5 }, champion: { count: 0, of: 1, rate: 0 } },
			reviews: {
				challenger: { count: 1, of: 1 },
				champion: { of: 0, rate: null },
				difference: null,
			},
			verdict: 'too_early',
		});
		expect(comparison?.failures.challenger.of).toBeGreaterThanOrEqual(2);
		const [row] = await t.app.db.select().from(chat_sessions).where(eq(chat_sessions.id, first.id));
		expect(row).toMatchObject({
			arm: 'challenger',
			visitor_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
		});
	});
});
