import { expect, it } from 'vitest';
import type { DeliveryStatus } from '#lib/contract/delivery.ts';
import { getLeadDelivery } from './delivery-state.ts';

type DeliveryRow = [
	event: string,
	status: DeliveryStatus,
	version: number | null,
	endpoint?: number,
];

it.each<[DeliveryRow[], number | null, string | null]>([
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
	// With several endpoints the worst state counts, except for endpoints that don't receive amendments.
	[
		[
			['lead.completed', 'failed', 1, 1],
			['lead.completed', 'delivered', 1, 2],
		],
		1,
		'failed',
	],
	[
		[
			['lead.completed', 'delivered', 1, 1],
			['lead.updated', 'failed', 2, 1],
			['lead.completed', 'pending', 2, 2],
		],
		2,
		'update_failed',
	],
	[
		[
			['lead.completed', 'pending', 1, 1],
			['lead.completed', 'delivered', 1, 2],
		],
		1,
		'pending',
	],
	[
		[
			['lead.completed', 'delivered', 1, 1],
			['lead.completed', 'delivered', 1, 2],
			['lead.updated', 'pending', 2, 1],
			['lead.updated', 'delivered', 2, 2],
		],
		2,
		'update_pending',
	],
	[
		[
			['lead.completed', 'delivered', 1, 1],
			['lead.completed', 'delivered', 1, 2],
			['lead.updated', 'delivered', 2, 2],
		],
		2,
		'updated',
	],
	[
		[
			['lead.completed', 'failed', 1, 1],
			['lead.completed', 'delivered', 1, 2],
			['lead.withdrawn', 'delivered', 1, 2],
		],
		1,
		'withdrawn',
	],
	[
		[
			['lead.completed', 'delivered', 1, 1],
			['lead.withdrawn', 'delivered', 1, 1],
			['lead.completed', 'delivered', 1, 2],
		],
		1,
		'delivered',
	],
])('%j with a lead of version %j is %j', (rows, version, state) => {
	const deliveries = rows.map(([event, status, lead_version, endpoint_id = 1], id) => ({
		id,
		endpoint_id,
		event: event as 'lead.completed',
		status,
		lead_version,
		attempt_count: 0,
		next_attempt_at: null,
	}));
	const delivery = getLeadDelivery(deliveries, version === null ? null : { version });
	expect(delivery?.state ?? null).toBe(state);
});
