import type { Delivery } from '#lib/contract/delivery.ts';
import type { Lead } from '#lib/contract/lead.ts';
import { DELIVERY_STATE_PRIORITY } from '#lib/contract/constants.ts';
import type { LeadDeliveryState, LeadItem } from '#lib/contract/lead-list.ts';

type SentDelivery = Pick<
	Delivery,
	'id' | 'endpoint_id' | 'event' | 'status' | 'lead_version' | 'attempt_count' | 'next_attempt_at'
>;

const LEAD_EVENTS: string[] = [
	'lead.completed',
	'lead.abandoned',
	'lead.updated',
	'lead.withdrawn',
];

/** Returns a lead's worst delivery state across endpoints, matching the server's lead list; null if it was never sent. */
export function getLeadDelivery(
	deliveries: readonly SentDelivery[],
	lead: Pick<Lead, 'version'> | null,
): LeadItem['delivery'] {
	const sent = deliveries
		.filter(({ event, lead_version }) => lead_version !== null && LEAD_EVENTS.includes(event))
		.toSorted((a, b) => b.id - a.id);
	const isWithdrawn = sent[0]?.event === 'lead.withdrawn';
	const [worst] = [...new Set(sent.map(({ endpoint_id }) => endpoint_id))]
		.flatMap((id) => {
			const [delivery, ...earlier] = sent.filter(({ endpoint_id }) => endpoint_id === id);
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

/** Returns the delivery state at one endpoint; `earlier` holds its previous deliveries. */
function getEndpointState(
	{ event, status, lead_version }: SentDelivery,
	earlier: readonly SentDelivery[],
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
