import { afterEach } from 'vitest';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { NewWebhookEndpoint } from '#lib/contract/webhook-endpoint.ts';
import { webhook_endpoints } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint, listDeliveries } from '#lib/server/delivery/webhooks/index.ts';
import type { TestApp } from './app.ts';
import type { RecordedRequest, StandIn, WebhookAnswer } from './stand-in/index.ts';
import { useStandIn } from './use-stand-in.ts';

interface Receiver extends NewWebhookEndpoint {
	/** Its name at the stand-in. */
	name: string;
	/** All requests so far; grows as more arrive. */
	requests: RecordedRequest[];
	waitFor(count: number): Promise<RecordedRequest[]>;
}

export interface Receivers {
	/** Started before the file's first test. */
	readonly standIn: StandIn;
	/** Creates an endpoint whose receiver gives these answers in turn, then 200. */
	createReceiver(...answers: WebhookAnswer[]): Promise<Receiver>;
	/** Creates an endpoint whose receiver always gives this answer. */
	createReceiverThatAlways(answer: WebhookAnswer): Promise<Receiver>;
	find(deliveryId: number): Promise<Delivery>;
}

/** Receivers for the deliveries of one test file. Deletes endpoints and deliveries after each test. */
export function useReceivers(t: TestApp): Receivers {
	let receiverCount = 0;
	const standIn = useStandIn();
	const receivers: Receivers = {
		get standIn() {
			return standIn();
		},
		async createReceiver(...answers: WebhookAnswer[]) {
			const name = `receiver-${receiverCount++}`;
			const { webhooks } = standIn();
			webhooks.next(name, ...answers);
			const endpoint = await createEndpoint(t.ctx(), {
				site: 'default',
				url: webhooks.url(name),
				events: ['lead.completed'],
			});
			const recorder = webhooks.recorder(name);
			return {
				...endpoint,
				name,
				requests: recorder.requests,
				waitFor: (count: number) => recorder.waitFor(count),
			};
		},
		async createReceiverThatAlways(answer: WebhookAnswer) {
			const receiver = await receivers.createReceiver();
			standIn().webhooks.always(receiver.name, answer);
			return receiver;
		},
		async find(deliveryId: number) {
			const { items } = await listDeliveries(t.ctx(), {});
			const found = items.find(({ id }) => id === deliveryId);
			if (!found) throw new Error('the delivery is not in the list');
			return found;
		},
	};
	afterEach(async () => {
		await t.app.db.delete(webhook_endpoints);
	});
	return receivers;
}
