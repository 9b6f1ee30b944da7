import type { Delivery } from '#lib/contract/delivery.ts';
import type { Lead } from '#lib/contract/lead.ts';
import { DELIVERY_STATE_PRIORITY } from '#lib/contract/constants.ts';
import type { LeadDeliveryState, LeadItem } from '#lib/contract/lead-list.ts';

type LeadDelivery = Pick<
	Delivery,
	'id' | 'endpoint_id' | 'event' | 'status' | 'lead_version' | 'attempt_count' | 'next_attempt_at'
>;

const LEAD_EVENTS: string[] = [
	'lead.completed',
	'lead.abandoned',
	'lead.updated',
	'lead.withdrawn',
];

/** Returns a lead's worst delivery state across endpoints, matching the server's lead list; null if it has no deliveries. */
export function getLeadDelivery(
	deliveries: readonly LeadDelivery[],
	lead: Pick<Lead, 'version'> | null,
): LeadItem['delivery'] {
	const leadDeliveries = deliveries
		.filter(({ event, lead_version }) => lead_version !== null && LEAD_EVENTS.includes(event))
		.toSorted((a, b) => b.id - a.id);
	const isWithdrawn = leadDeliveries[0]?.event === 'lead.withdrawn';
	const [worst] = [...new Set(leadDeliveries.map(({ endpoint_id }) => endpoint_id))]
		.flatMap((id) => {
			const [delivery, ...earlier] = leadDeliveries.filter(({ endpoint_id }) => endpoint_id === id);
			return delivery && (delivery.event === 'lead.withdrawn') === isWithdrawn
				? [{ delivery, state: getEndpointState(delivery, earlier, lead) }]
				: [];
		})
		.toSorted(
			(a, b) => DELIVERY_STATE_PRIORITY.indexOf(a.state) - DELIVERY_STATE_PRIORITY.indexOf(b.state),
		);
	if (!worst) return null;
	const { status, attempt_count, next_attempt_at } = worst.delivery;
	return { status, attempt_count, next_attempt_at, state: worst.state };
}

/** Returns the state of an endpoint's latest delivery; `earlier` contains its previous ones, newest first. */
function getEndpointState(
	{ event, status, lead_version }: LeadDelivery,
	earlier: readonly LeadDelivery[],
	lead: Pick<Lead, 'version'> | null,
): LeadDeliveryState {
	if (event === 'lead.withdrawn') return status === 'failed' ? 'failed' : 'withdrawn';
	if (status !== 'delivered') {
		const wasDelivered = earlier.some(
			(delivery) => delivery.status === 'delivered' && delivery.event !== 'lead.withdrawn',
		);
		return event === 'lead.updated' && wasDelivered ? `update_${status}` : status;
	}
	if ((lead_version ?? 0) < (lead?.version ?? 0)) return 'outdated';
	return event === 'lead.updated' ? 'updated' : 'delivered';
}
