import { expect, test } from 'vitest';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import { deliveryStateOf } from './delivery-state.ts';

type Sent = [event: string, status: DeliveryStatus, version: number | null];

test.each<[Sent[], number | null, string | null]>([
	[[], 1, null],
	[[['session.completed', 'delivered', 1]], 1, null],
	[[['lead.completed', 'delivered', null]], null, null],
	[[['lead.completed', 'pending', 1]], 1, 'pending'],
	[[['lead.completed', 'failed', 1]], 1, 'failed'],
	[[['lead.completed', 'delivered', 1]], 1, 'delivered'],
	[[['lead.completed', 'delivered', 1]], 2, 'outdated'],
	[
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', 'pending', 2],
		],
		2,
		'update_pending',
	],
	[
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', 'failed', 2],
		],
		2,
		'update_failed',
	],
	[
		[
			['lead.completed', 'delivered', 1],
			['lead.updated', 'delivered', 2],
		],
		2,
		'updated',
	],
	[
		[
			['lead.completed', 'delivered', null],
			['lead.updated', 'pending', 2],
		],
		2,
		'pending',
	],
	[
		[
			['lead.completed', 'delivered', 1],
			['lead.withdrawn', 'pending', 1],
		],
		1,
		'withdrawn',
	],
])('%j with a lead of version %j is %j', (sent, version, state) => {
	const deliveries = sent.map(([event, status, lead_version], id) => ({
		id,
		event: event as 'lead.completed',
		status,
		lead_version,
	}));
	expect(deliveryStateOf(deliveries, version === null ? null : { version })).toBe(state);
});
