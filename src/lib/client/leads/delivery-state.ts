import type { Delivery } from '#lib/contract/delivery.ts';
import type { Lead } from '#lib/contract/lead.ts';
import { type LeadDeliveryState, type LeadItem, WORST_FIRST } from '#lib/contract/lead-list.ts';

type Sent = Pick<
	Delivery,
	'id' | 'endpoint_id' | 'event' | 'status' | 'lead_version' | 'attempt_count' | 'next_attempt_at'
>;

const OF_LEADS: string[] = ['lead.completed', 'lead.abandoned', 'lead.updated', 'lead.withdrawn'];

/** Returns how far a lead has reached its endpoints, as the list of leads does; null if it was never sent. */
export function leadDeliveryOf(
	deliveries: readonly Sent[],
	lead: Pick<Lead, 'version'> | null,
): LeadItem['delivery'] {
	const sent = deliveries
		.filter(({ event, lead_version }) => lead_version !== null && OF_LEADS.includes(event))
		.toSorted((a, b) => b.id - a.id);
	const isWithdrawn = sent[0]?.event === 'lead.withdrawn';
	const [worst] = [...new Set(sent.map(({ endpoint_id }) => endpoint_id))]
		.flatMap((id) => {
			const [delivery, ...earlier] = sent.filter(({ endpoint_id }) => endpoint_id === id);
			return delivery && (delivery.event === 'lead.withdrawn') === isWithdrawn
				? [{ delivery, state: stateOf(delivery, earlier, lead) }]
				: [];
		})
		.toSorted((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
	if (!worst) return null;
	const { status, attempt_count, next_attempt_at } = worst.delivery;
	return { status, attempt_count, next_attempt_at, state: worst.state };
}

/** Returns the state at one endpoint. */
function stateOf(
	{ event, status, lead_version }: Sent,
	earlier: readonly Sent[],
	lead: Pick<Lead, 'version'> | null,
): LeadDeliveryState {
	if (event === 'lead.withdrawn') return status === 'failed' ? 'failed' : 'withdrawn';
	if (status !== 'delivered') {
		const wasDelivered = earlier.some(
			(each) => each.status === 'delivered' && each.event !== 'lead.withdrawn',
		);
		return event === 'lead.updated' && wasDelivered ? `update_${status}` : status;
	}
	if ((lead_version ?? 0) < (lead?.version ?? 0)) return 'outdated';
	return event === 'lead.updated' ? 'updated' : 'delivered';
}
