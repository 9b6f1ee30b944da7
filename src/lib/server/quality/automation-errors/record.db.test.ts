import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { automationError, errorGroup } from '#lib/contract/automation-error.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { toActor, createUser } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import {
	ai_turns,
	automation_errors,
	error_groups,
	mails,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { deleteSession } from '#lib/server/conversations/sessions/index.ts';
import {
	getFailure,
	listErrorGroups,
	listFailures,
	listWorkflows,
	recordError,
	resolveErrorGroup,
} from './index.ts';

const t = useTestApp({ DEVELOPER_EMAILS: 'dev@example.com' });
beforeEach(async () => {
	await t.app.db.delete(error_groups);
});

const createKeyCtx = (...scopes: Scope[]) =>
	t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes });
const recordFailure = (values: object = {}) =>
	recordError(t.ctx(), { workflow: 'Chat', node: 'AI Agent', message: 'row 7 is bad', ...values });
const listGroups = async () => (await listErrorGroups(t.ctx(), {})).items;

describe('a failure', () => {
	it('joins the group of the same workflow, node and cause', async () => {
		const first = await recordFailure();
		t.advance(60_000);
		const second = await recordFailure({ message: 'row 812 is bad', execution_id: 9 });
		await recordFailure({ node: 'Code' });
		await recordFailure({ workflow: 'Lead intake' });
		expect(second.group_id).toBe(first.group_id);
		const allGroups = await listGroups();
		expect(allGroups).toHaveLength(3);
		const group = allGroups.find(({ id }) => id === first.group_id);
		expect(errorGroup.parse(group)).toEqual(group);
		expect(group).toMatchObject({
			workflow: 'Chat',
			node: 'AI Agent',
			message: 'row 7 is bad',
			count: 2,
			resolved_at: null,
			last_error: { id: second.id, message: 'row 812 is bad', execution_id: '9' },
		});
		const { first_seen_at = '', last_seen_at = '' } = group ?? {};
		expect(Date.parse(last_seen_at) - Date.parse(first_seen_at)).toBeGreaterThanOrEqual(60_000);
	});

	it('is counted once in one group when many are recorded concurrently', async () => {
		const created = await Promise.all(Array.from({ length: 25 }, () => recordFailure()));
		expect(new Set(created.map(({ group_id }) => group_id)).size).toBe(1);
		expect(new Set(created.map(({ id }) => id)).size).toBe(25);
		expect(await listGroups()).toMatchObject([{ count: 25 }]);
	});

	it('is published after it is stored, in the contract’s shape', async () => {
		const events: AppEvent[] = [];
		const stop = t.app.events.onPublished(
			(event) => event.name !== 'audit.added' && events.push(event),
		);
		const { session_id } = await createChat(t.ctx());
		events.length = 0;
		const { id, group_id } = await recordFailure({ session_id });
		stop();
		const [event] = events;
		if (event?.name !== 'error.recorded') throw new Error('another event was published');
		expect(automationError.parse(event.payload.error)).toEqual(event.payload.error);
		expect(event.payload.error).toMatchObject({ id, group_id, session_id, severity: 'error' });
	});

	it('is rolled back with the transaction that recorded it', async () => {
		const failedTransaction = inTransaction(t.ctx(), async (tx) => {
			await recordError(tx, { workflow: 'Chat', message: 'x' });
			throw new Error('rolled back');
		});
		await expect(failedTransaction).rejects.toThrow('rolled back');
		expect(await listGroups()).toEqual([]);
	});

	it('is linked to its chat session, by public or numeric id', async () => {
		const chat = await createChat(t.ctx());
		for (const session_id of [chat.session_id, chat.id, String(chat.id)]) {
			await recordFailure({ session_id });
			const [group] = await listGroups();
			expect(group?.last_error?.session_id).toBe(chat.session_id);
		}
	});

	it.each([
		'session_unknown',
		'a conversation of another system',
		'12345678',
		'bad\u0000',
		-1,
		null,
	])('of the unknown chat session %j is stored without a link', async (session_id) => {
		const { id } = await recordFailure({ session_id });
		const [group] = await listGroups();
		expect(group?.last_error).toMatchObject({ id, session_id: null });
	});

	it('is deleted with its chat session, as it may quote the visitor; the group keeps its count', async () => {
		const { session_id } = await createChat(t.ctx());
		await recordFailure({ session_id });
		await deleteSession(t.ctx(), session_id);
		const [group] = await listGroups();
		expect(group).toMatchObject({ count: 1, last_error: null });
	});

	it('from n8n is stored without parameters, credentials and context', async () => {
		const { id } = await recordError(createKeyCtx('errors:write'), [
			{
				execution: {
					id: 7,
					url: 'https://n8n.example.com/executions/7',
					error: {
						message: 'stub agent exploded [line 6]',
						stack: 'WrappedExecutionError: stub agent exploded',
						context: { request: { headers: { authorization: 'tell-tale' } } },
						node: { name: 'Code', parameters: { prompt: 'tell-tale' }, credentials: 'tell-tale' },
					},
					lastNodeExecuted: 'Code',
					executionContext: { establishedAt: 'tell-tale' },
				},
				workflow: { id: '1', name: 'stub-respond-json', secret: 'tell-tale' },
			},
		]);
		const rows = await t.app.db
			.select()
			.from(automation_errors)
			.where(eq(automation_errors.id, id));
		expect(rows).toMatchObject([
			{ workflow: 'stub-respond-json', node: 'Code', execution_id: '7' },
		]);
		expect(JSON.stringify([rows, await listGroups()])).not.toContain('tell-tale');
	});

	it('requires permission to be recorded', async () => {
		const input = { workflow: 'Chat', message: 'x' };
		const request = recordError(createKeyCtx('errors:read'), input);
		await expect(request).rejects.toMatchObject({ code: 'forbidden' });
		const anonymous = recordError(t.ctx({ type: 'anonymous' }), input);
		await expect(anonymous).rejects.toMatchObject({ code: 'unauthorized' });
	});
});

describe('a resolved group', () => {
	it('keeps its first resolver and time, and reopens with the next failure', async () => {
		const { group_id } = await recordFailure();
		const user = await createUser(t.app);
		const resolved = await resolveErrorGroup(t.ctx(toActor(user)), group_id, true);
		expect(resolved.resolved_at).not.toBeNull();
		t.advance(5_000);
		const reopenedId = await resolveErrorGroup(createKeyCtx('errors:write'), group_id, true);
		expect(reopenedId.resolved_at).toBe(resolved.resolved_at);
		const getRow = () => t.app.db.select().from(error_groups).where(eq(error_groups.id, group_id));
		expect(await getRow()).toMatchObject([{ resolved_by_id: user.id }]);
		await recordFailure();
		expect(await getRow()).toMatchObject([{ resolved_at: null, resolved_by_id: null, count: 2 }]);
	});

	it('can be reopened by a user', async () => {
		const { group_id } = await recordFailure();
		await resolveErrorGroup(t.ctx(), group_id, true);
		const open = await resolveErrorGroup(t.ctx(), group_id, false);
		expect(open).toMatchObject({ id: group_id, resolved_at: null, count: 1 });
	});

	it('throws for an unknown group and without permission', async () => {
		const missing = resolveErrorGroup(t.ctx(), 999_999, true);
		await expect(missing).rejects.toMatchObject({ code: 'not_found' });
		const request = resolveErrorGroup(createKeyCtx('errors:read'), 1, true);
		await expect(request).rejects.toMatchObject({ code: 'forbidden' });
	});
});

describe('an error group', () => {
	it('publishes once when it is resolved or reopened, with the user', async () => {
		const { group_id } = await recordFailure();
		const user = await createUser(t.app);
		const events: AppEvent[] = [];
		const stop = t.app.events.onPublished(
			(event) => event.name !== 'audit.added' && events.push(event),
		);
		const userContext = t.ctx(toActor(user));
		await resolveErrorGroup(userContext, group_id, true);
		await resolveErrorGroup(userContext, group_id, true);
		await resolveErrorGroup(userContext, group_id, false);
		stop();
		expect(events.map(({ name }) => name)).toEqual(['error.resolved', 'error.reopened']);
		expect(events[0]?.payload).toMatchObject({ group: { id: group_id, resolved_by: user.name } });
	});

	it('lists its failures, newest first, and returns each with its stack', async () => {
		const { session_id } = await createChat(t.ctx());
		const first = await recordFailure({ session_id, stack: 'at line 1' });
		const { group_id, id } = await recordFailure();
		await recordFailure({ workflow: 'other' });
		const page = await listFailures(t.ctx(), group_id, { limit: 1 });
		expect(page.items.map((failure) => failure.id)).toEqual([id]);
		const rest = await listFailures(t.ctx(), group_id, { cursor: page.next_cursor ?? '' });
		expect(rest.items).toMatchObject([{ id: first.id, session_id }]);
		const detail = await getFailure(t.ctx(), group_id, first.id);
		expect(detail).toMatchObject({ id: first.id, stack: 'at line 1' });
		const missing = { code: 'not_found' };
		await expect(getFailure(t.ctx(), group_id + 1, first.id)).rejects.toMatchObject(missing);
		await expect(listFailures(t.ctx(), 999_999, {})).rejects.toMatchObject(missing);
	});

	it('appears by its workflow in the list of workflows', async () => {
		for (const workflow of ['b', 'a', 'c', 'a'])
			await recordFailure({ workflow, message: workflow });
		expect(await listWorkflows(t.ctx())).toEqual(['a', 'b', 'c']);
	});
});

describe('mail to the developers', () => {
	const listAlerts = async () =>
		(await t.app.db.select().from(mails)).filter(({ template }) => template === 'alert');
	beforeEach(async () => {
		await t.app.db.delete(mails);
	});

	it('is sent once for a new group, however many failures and processes', async () => {
		await Promise.all(Array.from({ length: 5 }, () => recordFailure()));
		const sentMails = await listAlerts();
		expect(sentMails).toMatchObject([{ to: 'dev@example.com' }]);
		expect(sentMails[0]?.text).toContain('/automation?group=');
	});

	it('is sent for a reopened group, but not more than once per hour', async () => {
		const { group_id } = await recordFailure();
		await resolveErrorGroup(t.ctx(), group_id, true);
		await recordFailure();
		expect(await listAlerts()).toHaveLength(1);
		t.advance(3_600_001);
		await recordFailure();
		expect(await listAlerts()).toHaveLength(2);
		t.advance(3_600_001);
		await recordFailure();
		expect(await listAlerts()).toHaveLength(2);
	});

	it('goes to the developers of the site whose chat failed', async () => {
		const site = await createSite(t.app, { developer_emails: ['site@example.com'] });
		const { session_id } = await createChat(t.ctx(), { site: site.key });
		await recordFailure({ session_id });
		expect(await listAlerts()).toMatchObject([{ to: 'site@example.com' }]);
	});
});

describe('the list of groups', () => {
	it('is returned in pages, last seen first', async () => {
		const createdIds: number[] = [];
		for (const workflow of ['a', 'b', 'c', 'd', 'e']) {
			createdIds.unshift((await recordFailure({ workflow })).group_id);
			t.advance(1_000);
		}
		const reopenedId = (await recordFailure({ workflow: 'c' })).group_id;
		const expectedIds = [reopenedId, ...createdIds.filter((id) => id !== reopenedId)];
		const listedIds: number[] = [];
		let cursor: string | null | undefined;
		do {
			const page = await listErrorGroups(createKeyCtx('errors:read'), {
				limit: 2,
				...(cursor ? { cursor } : {}),
			});
			listedIds.push(...page.items.map(({ id }) => id));
			cursor = page.next_cursor;
		} while (cursor);
		expect(listedIds).toEqual(expectedIds);
	});

	it('filters by workflow and by whether groups are resolved', async () => {
		const a = await recordFailure({ workflow: 'a' });
		const b = await recordFailure({ workflow: 'b' });
		await resolveErrorGroup(t.ctx(), a.group_id, true);
		const listIds = async (query: Parameters<typeof listErrorGroups>[1]) =>
			(await listErrorGroups(t.ctx(), query)).items.map(({ id }) => id);
		expect(await listIds({ resolved: 'true' })).toEqual([a.group_id]);
		expect(await listIds({ resolved: 'false' })).toEqual([b.group_id]);
		expect(await listIds({ workflow: 'b' })).toEqual([b.group_id]);
		expect(await listIds({ workflow: 'a', resolved: 'false' })).toEqual([]);
	});

	it('requires permission to read errors', async () => {
		const request = listErrorGroups(createKeyCtx('errors:write'), {});
		await expect(request).rejects.toMatchObject({ code: 'forbidden' });
	});
});

describe("n8n's report of a run and the turn that called it", () => {
	// The payload as n8n 2.41.1 sends it; others of the kind: https://docs.n8n.io/flow-logic/error-handling/ and
	// https://community.n8n.io/t/error-trigger-get-input-data-of-failed-workflow/23563.
	const createN8nReport = (overrides: object = {}, workflow = 'Frontdesk: chat agent') => ({
		execution: {
			id: '231',
			url: 'https://n8n.example.com/workflow/1/executions/231',
			error: { message: 'Incorrect API key provided', name: 'NodeApiError' },
			lastNodeExecuted: 'AI Agent',
			mode: 'webhook',
			...overrides,
		},
		workflow: { id: '1', name: workflow },
	});
	const createFailedTurn = async (overrides: object = {}) => {
		const { session_id } = await createChat(t.ctx());
		const turn_id = randomUUID();
		await t.app.db.execute(sql`
			insert into ai_turns (turn_id, chat_session_id, action, connector)
			select ${turn_id}::uuid, id, 'message', 'n8n' from chat_sessions where public_id = ${session_id}`);
		const failure = {
			workflow: 'Default: AI n8n',
			node: 'workflow_error',
			message: 'The workflow failed: see its last execution in n8n.',
			session_id,
			turn_id,
			...overrides,
		};
		return { session_id, turn_id, failure };
	};
	const getExecutionId = async (turn_id: string) => {
		const [row] = await t.app.db.select().from(ai_turns).where(eq(ai_turns.turn_id, turn_id));
		return row?.execution_id;
	};

	it.each(['the turn', 'the report'])('are one failure when %s comes first', async (first) => {
		const { session_id, turn_id, failure } = await createFailedTurn();
		const reports = [failure, createN8nReport()];
		for (const input of first === 'the turn' ? reports : reports.reverse())
			await recordError(t.ctx(), input);
		expect(await listGroups()).toMatchObject([
			{
				workflow: 'Frontdesk: chat agent',
				node: 'AI Agent',
				message: 'Incorrect API key provided',
				count: 1,
				last_error: {
					session_id,
					execution_id: '231',
					execution_url: 'https://n8n.example.com/workflow/1/executions/231',
				},
			},
		]);
		expect(await t.app.db.select().from(automation_errors)).toHaveLength(1);
		expect(await getExecutionId(turn_id)).toBe('231');
	});

	it.each(['the turn', 'the report'])('are mailed once when %s comes first', async (first) => {
		await t.app.db.delete(mails);
		const { failure } = await createFailedTurn();
		const reports = [failure, createN8nReport()];
		for (const input of first === 'the turn' ? reports : reports.reverse())
			await recordError(t.ctx(), input);
		const [group] = await listGroups();
		const sentMails = await t.app.db.select().from(mails);
		expect(sentMails).toHaveLength(1);
		expect(sentMails[0]?.text).toContain(`/automation?group=${group?.id}`);
	});

	it('are mailed once when the turn’s mail was already sent', async () => {
		await t.app.db.delete(mails);
		const { failure } = await createFailedTurn();
		await recordError(t.ctx(), failure);
		await t.app.db.update(mails).set({ status: 'sent' });
		await recordError(t.ctx(), createN8nReport());
		expect(await t.app.db.select().from(mails)).toHaveLength(1);
	});

	it('are matched by a chat, turn or run that both name', async () => {
		const turns = [
			await createFailedTurn(),
			await createFailedTurn(),
			await createFailedTurn({ execution_id: '77' }),
		];
		for (const { failure } of turns) await recordError(t.ctx(), failure);
		const [byChat, byTurn, byRun] = turns;
		await recordError(t.ctx(), { ...createN8nReport({ id: '1' }), turn_id: byTurn?.turn_id });
		await recordError(
			t.ctx(),
			createN8nReport({ id: '2', error: { message: `no answer for ${byChat?.session_id ?? ''}` } }),
		);
		await recordError(t.ctx(), createN8nReport({ id: '77' }));
		expect(await getExecutionId(byTurn?.turn_id ?? '')).toBe('1');
		expect(await getExecutionId(byChat?.turn_id ?? '')).toBe('2');
		expect(await t.app.db.select().from(automation_errors)).toHaveLength(3);
		const [row] = await t.app.db
			.select()
			.from(automation_errors)
			.where(eq(automation_errors.turn_id, byRun?.turn_id ?? ''));
		expect(row).toMatchObject({ execution_id: '77', workflow: 'Frontdesk: chat agent' });
	});

	it('decrement the turn’s former group and publish the change', async () => {
		const earlierTurn = await createFailedTurn();
		await recordError(t.ctx(), earlierTurn.failure);
		t.advance(60_000);
		const { failure } = await createFailedTurn();
		const { group_id } = await recordError(t.ctx(), failure);
		const events: AppEvent[] = [];
		const stop = t.app.events.onPublished((event) => events.push(event));
		await recordError(t.ctx(), createN8nReport());
		stop();
		const allGroups = await listGroups();
		expect(allGroups.find(({ id }) => id === group_id)).toMatchObject({ count: 1 });
		expect(events.map(({ name }) => name)).toEqual(
			expect.arrayContaining(['error.reopened', 'error.recorded']),
		);
	});

	it.each([
		[
			'two turns failed at once',
			async () => [
				(await createFailedTurn()).failure,
				(await createFailedTurn()).failure,
				createN8nReport(),
			],
			3,
		],
		[
			'the workflow was not started by a webhook',
			async () => [(await createFailedTurn()).failure, createN8nReport({ mode: 'trigger' })],
			2,
		],
		[
			'no run began',
			async () => [(await createFailedTurn({ node: 'unreachable' })).failure, createN8nReport()],
			2,
		],
		[
			'the AI is another',
			async () => [
				(await createFailedTurn({ workflow: 'Default: AI openai' })).failure,
				createN8nReport(),
			],
			2,
		],
		[
			'it names another chat',
			async () => [
				(await createFailedTurn()).failure,
				{ ...createN8nReport(), session_id: 'session_other_123' },
			],
			2,
		],
	])('stay apart when %s', async (_, reports, count) => {
		for (const input of await reports()) await recordError(t.ctx(), input);
		expect(await t.app.db.select().from(automation_errors)).toHaveLength(count);
	});

	it('stay apart outside the time window', async () => {
		await recordError(t.ctx(), (await createFailedTurn()).failure);
		t.advance(60_000);
		await recordError(t.ctx(), createN8nReport());
		expect(await t.app.db.select().from(automation_errors)).toHaveLength(2);
	});
});
