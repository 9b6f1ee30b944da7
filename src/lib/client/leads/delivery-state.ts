import type { Delivery } from '#lib/contract/delivery.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { LeadDeliveryState } from '#lib/contract/lead-list.ts';

const OF_LEADS: string[] = ['lead.completed', 'lead.abandoned', 'lead.updated', 'lead.withdrawn'];

/** Returns how far a lead has reached its endpoints, as the list of leads does; null if it was never sent. */
export function deliveryStateOf(
	deliveries: readonly Pick<Delivery, 'id' | 'event' | 'status' | 'lead_version'>[],
	lead: Pick<Lead, 'version'> | null,
): LeadDeliveryState | null {
	const sent = deliveries
		.filter(({ event, lead_version }) => lead_version !== null && OF_LEADS.includes(event))
		.toSorted((a, b) => b.id - a.id);
	const [latest, ...earlier] = sent;
	if (!latest) return null;
	const { event, status, lead_version } = latest;
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
