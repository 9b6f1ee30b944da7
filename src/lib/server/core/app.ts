import type { Config } from './config';
import type { App } from './context';
import { connectDatabase } from './db/client';
import type { ConnectionMode } from './db/connection-mode';
import { EventBus } from './events';
import { createWatchdog } from './http-guard';
import { createLog } from './log';
import { createMetrics } from './metrics';
import { createOutbound } from './outbound';
import { createSecrets } from './secrets';
import { watchBacklog } from './backlog';

/** Everything a process has one of; `close` ends its connections. */
export function createApp(options: {
	config: Config;
	databaseUrl: string;
	/** As `detectConnectionMode` found it; Postgres itself when it is left out. */
	connectionMode?: ConnectionMode | undefined;
	secretKey: string;
	clock?: () => Date;
}): { app: App; close(): Promise<void> } {
	const { config } = options;
	const log = createLog(config.logLevel);
	const events = new EventBus();
	const metrics = createMetrics();
	const { pool, db } = connectDatabase(options.databaseUrl, log, {
		...(options.connectionMode && { mode: options.connectionMode }),
		onLost: () => events.publish({ name: 'database.lost', payload: {} }),
		onError: (sqlstate) => metrics.databaseErrors.inc({ sqlstate }),
	});
	metrics.watchPool(pool);
	const outbound = createOutbound({ allowPrivate: config.allowPrivate });
	const app: App = {
		config,
		log,
		clock: options.clock ?? (() => new Date()),
		db,
		events,
		outbound,
		secrets: createSecrets(options.secretKey, config.previousSecretKeys),
		metrics,
		watchdog: createWatchdog(log, metrics),
	};
	watchBacklog(app);
	return {
		app,
		async close() {
			await outbound.close();
			await pool.end();
		},
	};
}
