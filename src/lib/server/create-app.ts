import { subscribeGuard } from './ai/challengers/unchecked.ts';
import { subscribeReplays } from './ai/test-chats/unchecked.ts';
import { Turns } from './ai/turns/unchecked.ts';
import { subscribeMessenger } from './channels/messenger/unchecked.ts';
import { createHistoryReader, MessageWriter } from './conversations/messages/unchecked.ts';
import { createSessionLocator } from './conversations/sessions/unchecked.ts';
import { registerBacklogGauges } from './core/backlog.ts';
import type { Config } from './core/config.ts';
import type { App, Core, Ctx } from './core/context.ts';
import { connectDatabase } from './core/db/client.ts';
import type { ConnectionMode } from './core/db/connection-mode.ts';
import { createExhaustionWatch } from './core/db/health.ts';
import { Replica } from './core/db/replica.ts';
import { EventBus } from './core/events.ts';
import { createWatchdog } from './core/http-guard/index.ts';
import { createLog } from './core/log.ts';
import { createMetrics } from './core/metrics.ts';
import { createOutbound } from './core/outbound/index.ts';
import { createLimiters } from './core/rate-limits.ts';
import { createSecrets } from './core/secrets.ts';
import { subscribeMail } from './delivery/mail/unchecked.ts';
import { subscribeNotifications } from './delivery/notifications/unchecked.ts';
import { subscribeWebhooks } from './delivery/webhooks/unchecked.ts';
import { subscribeLeads } from './leads/unchecked.ts';
import { subscribeChecks } from './quality/checks/unchecked.ts';
import { subscribeSuites } from './quality/suites/unchecked.ts';
import { SiteCache } from './sites/unchecked.ts';
import { subscribeStatistics, WidgetEventWriter } from './statistics/unchecked.ts';

const SUBSCRIBERS: ((app: App) => void)[] = [
	subscribeLeads,
	subscribeWebhooks,
	subscribeMail,
	subscribeNotifications,
	subscribeStatistics,
	subscribeReplays,
	subscribeGuard,
	subscribeSuites,
	subscribeMessenger,
	subscribeChecks,
];

interface AppOptions {
	config: Config;
	databaseUrl: string;
	/** The result of `detectConnectionMode`; a direct connection to Postgres by default. */
	connectionMode?: ConnectionMode | undefined;
	/** The maximum time to wait for a statement. The default of `connectDatabase` suits a server. */
	queryTimeoutMs?: number;
	secretKey: string;
	clock?: () => Date;
}

/**
 * Creates the singletons of a process and subscribes every domain to the events of others. Doesn't start anything; a server
 * starts the turns, the jobs and the doors. `close` closes the connections.
 */
export function createApp(options: AppOptions): { app: App; close(): Promise<void> } {
	const { core, close } = createCore(options);
	const app = core as App;
	const turns = new Turns(app);
	Object.assign(app, {
		messageWriter: new MessageWriter(app, turns),
		historyReader: createHistoryReader(app),
		sessionLocator: createSessionLocator(app),
		siteCache: new SiteCache(),
		widgetEventWriter: new WidgetEventWriter(app),
		turns,
	} satisfies Omit<App, keyof Core>);
	for (const subscribe of SUBSCRIBERS) subscribe(app);
	return { app, close };
}

/** Creates the parts of an App that don't depend on a domain. `close` closes their connections. */
function createCore(options: AppOptions): { core: Core; close(): Promise<void> } {
	const { config } = options;
	const log = createLog(config.logLevel);
	const events = new EventBus<Ctx>();
	const metrics = createMetrics();
	const exhaustion = createExhaustionWatch(log);
	const { pool, db } = connectDatabase(options.databaseUrl, log, {
		...(options.connectionMode && { mode: options.connectionMode }),
		queryTimeoutMs: options.queryTimeoutMs,
		onLost: () => events.publish({ name: 'database.lost', payload: {} }),
		onError(sqlstate) {
			metrics.databaseErrors.inc({ sqlstate });
			exhaustion.onError(sqlstate);
		},
	});
	metrics.watchPool(pool);
	const { replicaUrl } = config;
	const replica = replicaUrl
		? new Replica({ url: replicaUrl, primary: db, log, metrics })
		: undefined;
	const outbound = createOutbound({ allowPrivate: config.allowPrivate });
	const publicOutbound = createOutbound({
		allowPrivate: config.allowPrivate && config.isDevelopment,
	});
	const core: Core = {
		config,
		log,
		clock: options.clock ?? (() => new Date()),
		db,
		replica,
		events,
		outbound,
		publicOutbound,
		secrets: createSecrets(options.secretKey, config.previousSecretKeys),
		metrics,
		limiters: createLimiters(pool),
		watchdog: createWatchdog(log, metrics),
		exhaustion,
	};
	registerBacklogGauges(core);
	return {
		core,
		async close() {
			await Promise.all([outbound.close(), publicOutbound.close(), replica?.close()]);
			await pool.end();
		},
	};
}
