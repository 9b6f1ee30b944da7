import { statfs } from 'node:fs/promises';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** The sampling interval of the event loop's delay. prom-client's default of 10 ms would wake an idle process 100 times a second. */
const EVENT_LOOP_INTERVAL_MS = 50;

/** Creates the metrics that GET /metrics exposes, named by Prometheus conventions (base units, `_total`). */
export function createMetrics() {
	const registry = new Registry();
	collectDefaultMetrics({
		register: registry,
		eventLoopMonitoringPrecision: EVENT_LOOP_INTERVAL_MS,
	});
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
			help: 'Webhook delivery attempts, by result',
			labelNames: ['result'] as const,
			registers,
		}),
		outboxAttempts: new Counter({
			name: 'frontdesk_outbox_attempts_total',
			help: 'Attempts to send an outbox row, by outbox and result',
			labelNames: ['outbox', 'result'] as const,
			registers,
		}),
		outboxLastSuccess: new Gauge({
			name: 'frontdesk_outbox_last_success_timestamp_seconds',
			help: 'When this process last sent a row, by outbox',
			labelNames: ['outbox'] as const,
			registers,
		}),
		sockets: new Gauge({
			name: 'frontdesk_sockets',
			help: 'Connected sockets, by namespace',
			labelNames: ['namespace'] as const,
			registers,
		}),
		relayedEvents: new Counter({
			name: 'frontdesk_relay_events_read_total',
			help: 'Live events read from Redis: from other processes (used), sent back (own), or for rooms without a socket (unused)',
			labelNames: ['result'] as const,
			registers,
		}),
		eventLoopBlocks: new Histogram({
			name: 'frontdesk_event_loop_block_seconds',
			help: 'Event loop blocks over 200 ms',
			buckets: [0.25, 0.5, 1, 2.5, 5, 10],
			registers,
		}),
		messageBatches: new Histogram({
			name: 'frontdesk_message_batch_size',
			help: 'Messages stored by one statement',
			buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
			registers,
		}),
		databaseErrors: new Counter({
			name: 'frontdesk_database_errors_total',
			help: 'Database errors, by SQLSTATE or network error code; pool_exhausted: no connection became free in time, connect_timeout: the server accepted none in time',
			labelNames: ['sqlstate'] as const,
			registers,
		}),
		replicaReads: new Counter({
			name: 'frontdesk_replica_reads_total',
			help: 'Reads that may use the replica, by result: served by it (replica), or why the primary served them',
			labelNames: ['result'] as const,
			registers,
		}),
		refusals: new Counter({
			name: 'frontdesk_refusals_total',
			help: 'Requests refused, by error code and door',
			labelNames: ['code', 'door'] as const,
			registers,
		}),
		rateLimited: new Counter({
			name: 'frontdesk_rate_limited_total',
			help: 'Requests refused with 429, by limit',
			labelNames: ['limit'] as const,
			registers,
		}),
		jobLastSuccess: new Gauge({
			name: 'frontdesk_job_last_success_timestamp_seconds',
			help: 'When a job last made progress, by job',
			labelNames: ['job'] as const,
			registers,
		}),
		jobFailures: new Counter({
			name: 'frontdesk_job_failures_total',
			help: 'Job runs that failed or timed out, by job',
			labelNames: ['job'] as const,
			registers,
		}),
		watchPool(pool: Pool) {
			const connections = new Gauge({
				name: 'frontdesk_database_connections',
				help: 'Connections to the database, by state',
				labelNames: ['state'] as const,
				registers,
				collect() {
					connections.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
					connections.set({ state: 'idle' }, pool.idleCount);
				},
			});
			registerGauge(registers, {
				name: 'frontdesk_database_waiting',
				help: 'Queries waiting for a free connection',
				read: () => pool.waitingCount,
			});
		},
		watchDisk(folder: string) {
			registerGauge(registers, {
				name: 'frontdesk_data_dir_free_bytes',
				help: 'Free space on the disk of DATA_DIR',
				read: async () => {
					const { bavail, bsize } = await statfs(folder);
					return bavail * bsize;
				},
			});
			registerGauge(registers, {
				name: 'frontdesk_data_dir_size_bytes',
				help: 'Size of the disk of DATA_DIR',
				read: async () => {
					const { blocks, bsize } = await statfs(folder);
					return blocks * bsize;
				},
			});
		},
		watchReplica({ isInUse, readLag }: ReplicaState) {
			registerGauge(registers, {
				name: 'frontdesk_replica_up',
				help: 'Whether reads use the replica',
				read: () => Number(isInUse()),
			});
			registerGauge(registers, {
				name: 'frontdesk_replica_lag_bytes',
				help: 'Write-ahead log that the replica has not replayed yet',
				read: async () => (await readLag()).bytes,
			});
			registerGauge(registers, {
				name: 'frontdesk_replica_lag_seconds',
				help: 'Age of the last transaction that the replica has replayed; 0 if it has replayed all',
				read: async () => (await readLag()).seconds,
			});
		},
		watchRelay(isReady: () => boolean) {
			registerGauge(registers, {
				name: 'frontdesk_relay_up',
				help: 'Whether live events reach the other processes over Redis',
				read: () => Number(isReady()),
			});
		},
		setBuild(version: string) {
			const build = new Gauge({
				name: 'frontdesk_build_info',
				help: 'Always 1, with the versions of Frontdesk and Node.js as labels',
				labelNames: ['version', 'node'] as const,
				registers,
			});
			build.set({ version, node: process.version }, 1);
		},
	};
}

interface ReplicaState {
	isInUse(): boolean;
	readLag(): Promise<{ bytes: number; seconds: number }>;
}

/** Registers a gauge that is read on each scrape. A failed read keeps the previous value. */
function registerGauge(
	registers: Registry[],
	{ name, help, read }: { name: string; help: string; read: () => number | Promise<number> },
): void {
	const instrument = new Gauge({
		name,
		help,
		registers,
		async collect() {
			const value = await Promise.resolve()
				.then(read)
				.catch(() => undefined);
			if (value !== undefined) instrument.set(value);
		},
	});
}
