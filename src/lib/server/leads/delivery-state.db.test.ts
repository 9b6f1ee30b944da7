import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { leadDeliveryOf } from '#lib/client/leads/delivery-state.ts';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import type { WebhookEvent } from '#lib/contract/events.ts';
import type { LeadDeliveryState } from '#lib/contract/lead-list.ts';
import { makeChat } from '../../../../tests/factories/chat.ts';
import { makeDelivery, makeEndpoint } from '../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { leads } from '../core/db/schema/index.ts';
import { listDeliveries } from '../delivery/webhooks/index.ts';
import { findLead, listLeads } from './index.ts';

const t = useTestApp();

type Sent = [event: WebhookEvent, status: DeliveryStatus, version: number, isSecond?: true];
/** What a second endpoint got. */
const second = (...[event, status, version]: Sent): Sent => [event, status, version, true];
const HISTORIES: Sent[][] = [
	[],
	[['lead.completed', 'delivered', 0]],
	[['lead.completed', 'pending', 1]],
	[['lead.completed', 'failed', 1]],
	[['lead.completed', 'delivered', 1]],
	[['lead.completed', 'delivered', 2]],
	[['lead.abandoned', 'delivered', 2]],
	...(['pending', 'failed', 'delivered'] as const).flatMap((status): Sent[][] => [
		[
			['lead.completed', 'delivered', 0],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'failed', 1],
			['lead.updated', status, 2],
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', 'delivered', 2],
			['lead.withdrawn', status, 2],
		],
		// Two endpoints, of which one receives no amendments.
		[['lead.completed', 'delivered', 1], second('lead.completed', status, 2)],
		[
			['lead.completed', status, 1],
			second('lead.completed', 'delivered', 1),
			second('lead.updated', 'delivered', 2),
		],
		[
			['lead.completed', 'delivered', 1],
			second('lead.completed', 'delivered', 1),
			['lead.updated', status, 2],
			second('lead.updated', 'delivered', 2),
		],
		[
			['lead.completed', 'failed', 1],
			second('lead.completed', 'delivered', 1),
			second('lead.withdrawn', status, 1),
		],
		[
			['lead.completed', 'delivered', 1],
			['lead.withdrawn', 'delivered', 1],
			second('lead.completed', status, 2),
		],
	]),
];

describe('the delivery state of a lead of version 2', () => {
	it.each(HISTORIES.map((sent) => ({ sent })))(
		'is the same in the list, its filter and the chat view after $sent',
		async ({ sent }) => {
			const { id, session_id } = await makeChat(t.ctx(), { lead: { name: 'Ada' } });
			await t.app.db.update(leads).set({ version: 2 }).where(eq(leads.chat_session_id, id));
			const first = await makeEndpoint(t.ctx(), 'http://127.0.0.1:9/');
			const other = await makeEndpoint(t.ctx(), 'http://127.0.0.1:9/other');
			for (const [event, status, lead_version, isSecond] of sent) {
				const values = { event, status, lead_version, chat_session_id: id };
				await makeDelivery(t.ctx(), isSecond ? other : first, values);
			}
			const { items: deliveries } = await listDeliveries(t.ctx(), { session_id });
			const delivery = leadDeliveryOf(deliveries, await findLead(t.ctx(), session_id));
			const state = delivery?.state ?? null;
			const listed = async (delivery?: LeadDeliveryState | 'none') => {
				const { items } = await listLeads(t.ctx(), { delivery });
				return items.find((item) => item.session_id === session_id);
			};
			expect((await listed())?.delivery?.state ?? null).toBe(state);
			expect(await listed(state ?? 'none')).toBeDefined();
			const isDelivered = !['pending', 'failed', 'withdrawn', null].includes(state);
			expect((await listed('delivered')) !== undefined).toBe(isDelivered);
		},
	);
});
