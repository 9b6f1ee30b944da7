import type { Config } from './config.ts';
import type { Core, Ctx } from './context.ts';
import { connectDatabase } from './db/client.ts';
import type { ConnectionMode } from './db/connection-mode.ts';
import { EventBus } from './events.ts';
import { createWatchdog } from './http-guard/index.ts';
import { watchExhaustion } from './db/exhaustion.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createOutbound } from './outbound/index.ts';
import { createLimiters } from './rate-limits.ts';
import { createSecrets } from './secrets.ts';
import { watchBacklog } from './backlog.ts';

export interface AppOptions {
	config: Config;
	databaseUrl: string;
	/** The result of `detectConnectionMode`; a direct connection to Postgres by default. */
	connectionMode?: ConnectionMode | undefined;
	secretKey: string;
	clock?: () => Date;
}

/** Creates the parts of an App that don't depend on a domain. `close` ends their connections. */
export function createCore(options: AppOptions): { core: Core; close(): Promise<void> } {
	const { config } = options;
	const log = createLog(config.logLevel);
	const events = new EventBus<Ctx>();
	const metrics = createMetrics();
	const exhaustion = watchExhaustion(log);
	const { pool, db } = connectDatabase(options.databaseUrl, log, {
		...(options.connectionMode && { mode: options.connectionMode }),
		onLost: () => events.publish({ name: 'database.lost', payload: {} }),
		onError(sqlstate) {
			metrics.databaseErrors.inc({ sqlstate });
			exhaustion.onError(sqlstate);
		},
	});
	metrics.watchPool(pool);
	const outbound = createOutbound({ allowPrivate: config.allowPrivate });
	const core: Core = {
		config,
		log,
		clock: options.clock ?? (() => new Date()),
		db,
		events,
		outbound,
		secrets: createSecrets(options.secretKey, config.previousSecretKeys),
		metrics,
		limiters: createLimiters(pool),
		watchdog: createWatchdog(log, metrics),
		exhaustion,
	};
	watchBacklog(core);
	return {
		core,
		async close() {
			await outbound.close();
			await pool.end();
		},
	};
}
