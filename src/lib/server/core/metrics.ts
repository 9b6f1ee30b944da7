import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** What GET /metrics shows, by the names of the field (Prometheus: base units, `_total`). */
export function createMetrics() {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const registers = [registry];
	return {
		registry,
		messages: new Counter({
			name: 'frontdesk_messages_total',
			help: 'Messages stored, by sender',
			labelNames: ['sender'] as const,
			registers,
		}),
		turns: new Counter({
			name: 'frontdesk_ai_turns_total',
			help: 'AI turns ended, by connector and outcome',
			labelNames: ['connector', 'outcome'] as const,
			registers,
		}),
		turnSeconds: new Histogram({
			name: 'frontdesk_ai_turn_seconds',
			help: 'Time from the start of an AI turn to its stored reply',
			labelNames: ['connector'] as const,
			buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
			registers,
		}),
		deliveries: new Counter({
			name: 'frontdesk_delivery_attempts_total',
			help: 'Calls of webhooks, by result',
			labelNames: ['result'] as const,
			registers,
		}),
		sockets: new Gauge({
			name: 'frontdesk_sockets',
			help: 'Connected sockets, by namespace',
			labelNames: ['namespace'] as const,
			registers,
		}),
		messageBatches: new Histogram({
			name: 'frontdesk_message_batch_size',
			help: 'Messages stored by one statement',
			buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
			registers,
		}),
	};
}
