import { subscribeGuard } from './ai/challengers/unchecked.ts';
import { Turns } from './ai/turns/unchecked.ts';
import { subscribeReplays } from './ai/test-chats/unchecked.ts';
import { subscribeMessenger } from './channels/messenger/unchecked.ts';
import { createHistoryReader, MessageWriter } from './conversations/messages/unchecked.ts';
import { createSessionLocator } from './conversations/sessions/unchecked.ts';
import type { App, Core } from './core/context.ts';
import { createCore, type AppOptions } from './core/create-core.ts';
import { subscribeMail } from './delivery/mail/unchecked.ts';
import { subscribeNotifications } from './delivery/notifications/unchecked.ts';
import { subscribeWebhooks } from './delivery/webhooks/unchecked.ts';
import { subscribeLeads } from './leads/unchecked.ts';
import { subscribeChecks } from './quality/checks/unchecked.ts';
import { subscribeSuites } from './quality/suites/unchecked.ts';
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

/**
 * Composes everything that a process has one of, and subscribes every domain to the events of others. Nothing runs by
 * itself yet: a server starts the turns, the jobs and the doors. `close` ends the connections.
 */
export function createApp(options: AppOptions): { app: App; close(): Promise<void> } {
	const { core, close } = createCore(options);
	const app = core as App;
	Object.assign(app, {
		messageWriter: new MessageWriter(app),
		historyReader: createHistoryReader(app),
		sessionLocator: createSessionLocator(app),
		widgetEventWriter: new WidgetEventWriter(app),
		turns: new Turns(app),
	} satisfies Omit<App, keyof Core>);
	for (const subscribe of SUBSCRIBERS) subscribe(app);
	return { app, close };
}
