import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { AiAnswer } from '../../../../../tests/support/stand-in/ai/ai-stand-in.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { recordError } from '#lib/server/quality/automation-errors/index.ts';
import { eraseVisitor, exportVisitor } from '#lib/server/privacy/visitors/index.ts';
import { deleteExpired } from '#lib/server/privacy/retention/unchecked.ts';
import { updateSite } from '#lib/server/sites/index.ts';
import { getTestChat, startTestChat } from '../test-chats/index.ts';
import { getTurnTrace, listTurns } from './index.ts';
import { MAX_TRACE_BYTES } from './trace.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
const SECRET = 'hunter2-"quoted"-hunter2';

beforeAll(() => t.app.turns.start());
afterAll(() => t.app.turns.drain(0));

/** Sends a message to a site whose AI gives this answer, and returns the ended turn with its trace. */
async function runTurn(aiAnswer: AiAnswer, message = 'My name is Ada', traceDays = 30) {
	const site = await createSite(t.app, {
		greeting: 'Hi',
		trace_days: traceDays,
		connector: {
			type: 'n8n',
			url: standIn().ai.url('object'),
			auth_header: { name: 'X-Key', sealed_value: t.app.secrets.seal(SECRET) },
		},
	});
	standIn().ai.next(aiAnswer);
	const { session_id } = await createChat(t.ctx(), { site: site.key, messages: [message] });
	const turn = await vi.waitFor(async () => {
		const { items } = await listTurns(t.ctx(), { session_id });
		const found = items.find(({ action, outcome }) => action === 'message' && outcome !== null);
		if (!found) throw new Error('the turn has not ended');
		return found;
	});
	return { site, session_id, turn, view: await getTurnTrace(t.ctx(), { turn_id: turn.turn_id }) };
}

describe('the trace of a turn', () => {
	it('has the request, the raw answer and the timings, by turn and by message', async () => {
		const { turn, view } = await runTurn(({ response }) => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ output: 'Hello Ada', mood: 'fine' }));
		});
		expect(view.turn).toEqual(turn);
		expect(view.turn.notes).toMatchObject([{ kind: 'unknown', path: 'mood' }]);
		expect(view.trace).toMatchObject({
			response: '{"output":"Hello Ada","mood":"fine"}',
			response_bytes: 36,
			is_response_cut: false,
			content_type: 'application/json',
		});
		expect(JSON.parse(view.trace?.request ?? '')).toMatchObject({ message: 'My name is Ada' });
		for (const name of ['queued_ms', 'first_byte_ms', 'total_ms'] as const)
			expect(view.trace?.[name]).toBeGreaterThanOrEqual(0);
		expect(view.message_id).not.toBeNull();
		const { message_id } = view;
		expect(await getTurnTrace(t.ctx(), { message_id: message_id ?? 0 })).toEqual(view);
	});

	it('is stored for a failed turn', async () => {
		const { view } = await runTurn('error-in-workflow');
		expect(view.turn.outcome).toBe('workflow_error');
		expect(view.trace?.response).toEqual(expect.stringContaining('rror'));
	});

	it('contains no secrets: neither the site’s own, verbatim or JSON-escaped, nor others', async () => {
		const { view } = await runTurn(({ request, response }) => {
			const key = String(request.headers['x-key']);
			response.end(
				JSON.stringify({ output: `Hi ${key}`, log: 'authorization: Bearer abcdefghijkl.mnop' }) +
					key,
			);
		}, 'The password = "opensesame"');
		const kept = JSON.stringify(view.trace);
		for (const secret of ['hunter2', 'abcdefghijkl', 'opensesame'])
			expect(kept).not.toContain(secret);
		expect(view.trace?.response).toContain('••••••');
	});

	it('truncates the request and the response to 32 KB, without leaving the start of a secret', async () => {
		const start = '{"output":"';
		const padding = 'é'.repeat((MAX_TRACE_BYTES - start.length - 8) / 2);
		const { view } = await runTurn(({ response }) => {
			response.end(`${start}${padding}${SECRET} and more"}`);
		});
		const { response = '', is_response_cut, response_bytes = 0 } = view.trace ?? {};
		expect(is_response_cut).toBe(true);
		expect(response_bytes).toBeGreaterThan(MAX_TRACE_BYTES);
		expect(Buffer.byteLength(response ?? '')).toBeLessThanOrEqual(MAX_TRACE_BYTES);
		expect(response).not.toContain('hunt');
	});

	it('is not stored if the site disables traces, and is deleted when it expires', async () => {
		const none = await runTurn('object', 'Hello', 0);
		expect(none.view).toMatchObject({ trace: null, trace_days: 0 });
		const { site, turn } = await runTurn('object');
		expect(await deleteExpired(t.ctx())).not.toHaveProperty('ai_traces');
		await updateSite(t.ctx(), site.key, { trace_days: 1 });
		t.advance(86_400_000 + 60_000);
		expect(await deleteExpired(t.ctx())).toMatchObject({ ai_traces: 1 });
		const { trace } = await getTurnTrace(t.ctx(), { turn_id: turn.turn_id });
		expect(trace).toBeNull();
	});

	it('is exported and erased with the visitor’s data', async () => {
		const { session_id } = await runTurn('object', 'I live in Lovelace Lane');
		const exported = await Array.fromAsync(await exportVisitor(t.ctx(), { session_id }));
		expect(JSON.parse(exported.join(''))).toMatchObject({
			chats: [{ traces: [{ request: expect.stringContaining('Lovelace Lane') as unknown }] }],
		});
		await eraseVisitor(t.ctx(), { session_id, confirm: 'erase' });
		const { rows } = await t.app.db.execute(
			sql`select from ai_traces where request like '%Lovelace Lane%'`,
		);
		expect(rows).toEqual([]);
	});

	it('links to the execution that the workflow reported', async () => {
		const { session_id, turn } = await runTurn('completed');
		const execution_url = 'https://n8n.example.com/workflow/1/executions/231';
		expect(turn.execution_id).toBe('231');
		await recordError(t.ctx(), {
			...{ workflow: 'CRM', message: '429', session_id, execution_id: '231', execution_url },
		});
		expect(await getTurnTrace(t.ctx(), { turn_id: turn.turn_id })).toMatchObject({ execution_url });
	});

	it('is the call report for a turn of a test chat', async () => {
		const site = await createSite(t.app, {
			connector: { type: 'n8n', url: standIn().ai.url('object'), auth_header: null },
		});
		const { session_id } = await startTestChat(t.ctx(), { site: site.key });
		const turn_id = await vi.waitFor(async () => {
			const [turn] = (await getTestChat(t.ctx(), session_id)).turns;
			if (!turn?.trial) throw new Error('the turn has not ended');
			return turn.turn_id;
		});
		const { trace } = await getTurnTrace(t.ctx(), { turn_id });
		expect(JSON.parse(trace?.request ?? '')).toMatchObject({ action: 'start', is_test: true });
		expect(trace?.response).toContain('budget');
	});

	it('needs the scopes of chats, turns and leads', async () => {
		const { turn } = await runTurn('object');
		const scopes = ['sessions:read', 'errors:read', 'leads:read'] as const;
		const readTrace = (granted: (typeof scopes)[number][]) =>
			getTurnTrace(t.ctx({ type: 'api_key', id: null, name: 'n8n', scopes: granted }), {
				turn_id: turn.turn_id,
			});
		expect((await readTrace([...scopes])).turn).toEqual(turn);
		for (const missing of scopes) {
			const rest = scopes.filter((scope) => scope !== missing);
			await expect(readTrace(rest)).rejects.toMatchObject({ code: 'forbidden' });
		}
	});

	it('is not found for an unknown turn', async () => {
		const unknown = getTurnTrace(t.ctx(), { turn_id: randomUUID() });
		await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
		await expect(getTurnTrace(t.ctx(), {})).rejects.toMatchObject({ code: 'invalid' });
	});
});
