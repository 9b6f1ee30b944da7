// @module-tag thorough
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { LeadFields, LeadSource } from '#lib/contract/lead.ts';
import { DEFAULT_WEBHOOK_EVENTS } from '#lib/contract/webhook-endpoint.ts';
import { completeSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { findLead, undoCompletion, updateLead } from '#lib/server/leads/index.ts';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { claimDueDeliveries } from './claims.ts';
import { createEndpoint, deleteEndpoint } from './index.ts';
import { send } from './send.ts';
import { sendDueDeliveries } from './unchecked.ts';

const t = useTestApp();
const standIn = useStandIn();
let chatCount = 0;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type Step =
	| { is: 'change'; fields: LeadFields; source: LeadSource }
	| { is: 'complete' | 'undo' | 'deliver' | 'refuse' | 'die before sending' | 'die after sending' }
	| { is: 'wait'; seconds: number };

const value = fc.constantFrom('Ada', 'Eve', 'Acme', null);
const change: fc.Arbitrary<Step> = fc.record({
	is: fc.constant('change' as const),
	fields: fc.oneof(
		fc.record({ name: value }),
		fc.record({ company: value, budget: fc.constantFrom('10k', '20k') }),
		fc.record({ email: fc.constantFrom('ada@example.com', 'eve@example.com') }),
	),
	source: fc.constantFrom<LeadSource>('ai', 'api', 'detected', 'identify', 'agent'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: change },
	{
		weight: 5,
		arbitrary: fc.record({
			is: fc.constantFrom(
				'complete' as const,
				'complete' as const,
				'undo' as const,
				'deliver' as const,
				'deliver' as const,
				'refuse' as const,
				'die before sending' as const,
				'die after sending' as const,
			),
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			is: fc.constant('wait' as const),
			seconds: fc.integer({ min: 1, max: 70 }),
		}),
	},
);

/** Creates a chat and its endpoint, and returns a function that runs a step of their history. */
async function createHistory() {
	const name = `history-${chatCount++}`;
	const endpoint = await createEndpoint(t.ctx(), {
		site: 'default',
		url: standIn().webhooks.url(name),
		events: DEFAULT_WEBHOOK_EVENTS,
	});
	const { id: chat_session_id, session_id } = await createChat(t.ctx());
	/** Claims and, with `hasSent`, sends one delivery without recording the result, like a process that crashes. */
	const die = async ({ hasSent }: { hasSent: boolean }) => {
		const [claim] = await claimDueDeliveries(t.ctx(), { limit: 1, inFlight: [], round: 0 });
		if (claim && hasSent) await send(t.app, claim, new AbortController().signal);
	};
	const run = async (step: Step): Promise<unknown> => {
		switch (step.is) {
			case 'change':
				return updateLead(t.ctx(), { session_id }, step).catch(expectRefusal);
			case 'complete':
				return completeSession(t.ctx(), { chat_session_id, source: 'live' });
			case 'undo':
				return undoCompletion(t.ctx(), session_id, { reason: 'Too early' }).catch(expectRefusal);
			case 'deliver':
				return sendDueDeliveries(t.ctx());
			case 'refuse':
				standIn().webhooks.next(name, 'error');
				return sendDueDeliveries(t.ctx());
			case 'die before sending':
				return die({ hasSent: false });
			case 'die after sending':
				return die({ hasSent: true });
			case 'wait':
				return t.advance(step.seconds * SECOND);
		}
	};
	return { name, endpoint, session_id, run };
}

/** Accepts the errors of steps that have nothing to undo or to clear. */
function expectRefusal(error: unknown) {
	expect(error).toMatchObject({ code: expect.stringMatching(/^(conflict|invalid)$/) as string });
}

const body = z.object({
	type: z.enum(['lead.completed', 'lead.updated', 'lead.withdrawn']),
	data: z.looseObject({ version: z.number().optional(), lead: z.unknown() }),
});

it('the endpoint has the current lead after two quiet minutes, and got its versions in order, after any history', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
			const { name, endpoint, session_id, run } = await createHistory();
			for (const step of steps) await run(step);
			await run({ is: 'complete' });
			// Discards failures that are still queued because no delivery followed.
			standIn().webhooks.clearQueue(name);
			for (let passed = 0; passed <= 2 * MINUTE; passed += 5 * SECOND) {
				await sendDueDeliveries(t.ctx());
				t.advance(5 * SECOND);
			}
			await sendDueDeliveries(t.ctx());

			const sent = standIn().webhooks.recorder(name).requests;
			const ids = sent.map(({ headers }) => headers['webhook-id']);
			const bodies = sent.map((request) => body.parse(JSON.parse(request.body.toString('utf8'))));
			// Retries of a delivery have the same id and body, and precede the next one.
			const first = bodies.filter((_, index) => ids.indexOf(ids[index]) === index);
			expect(new Set(sent.map((request) => request.body.toString('utf8'))).size).toBe(first.length);
			expect(ids.toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b))).toEqual(ids);
			const versions = first.flatMap(({ data }) => data.version ?? []);
			expect(versions.toSorted((a, b) => a - b)).toEqual(versions);
			expect(first[0]?.type).toBe('lead.completed');
			const last = first.at(-1);
			expect(last?.type).not.toBe('lead.withdrawn');
			expect(pickValues(last?.data.lead)).toEqual(pickValues(await findLead(t.ctx(), session_id)));
			await deleteEndpoint(t.ctx(), endpoint.id);
		}),
		{ numRuns: 30 },
	);
});

/** Picks the lead's values, without its follow-up deadline and first contact. */
function pickValues(lead: unknown) {
	const values = z.object({
		version: z.number(),
		name: z.string().nullable(),
		email: z.string().nullable(),
		company: z.string().nullable(),
		answers: z.record(z.string(), z.string()),
	});
	return values.nullable().parse(lead);
}
