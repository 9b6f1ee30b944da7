import { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../core/context';
import { notFound } from '../core/errors';
import { invalid } from '../core/parse';
import { apiKeyRoutes } from './api-keys';
import { auditRoutes } from './audit-entries';
import { cannedReplyRoutes } from './canned-replies';
import { conversationRoutes } from './conversation';
import { deliveryRoutes } from './deliveries';
import type { ApiEnv } from './env';
import { errorRoutes } from './errors';
import { limitBody, prepare } from './every-request';
import { healthRoutes } from './health';
import { mailRoutes } from './mails';
import { leadContactRoutes, leadRoutes } from './leads';
import { openApiRoutes } from './openapi';
import { answerProblem } from './problems';
import { messengerRoutes } from './messenger';
import { replayRoutes } from './replays';
import { reviewLockRoutes } from './review-locks';
import { reviewRoutes } from './reviews';
import { savedFilterRoutes } from './saved-filters';
import { sessionPartRoutes } from './session-parts';
import { schemaRoutes } from './schemas';
import { sessionRoutes } from './sessions';
import { sessionsAtOnceRoutes, sessionsFileRoutes } from './sessions-at-once';
import { n8nRoutes } from './n8n';
import { siteRoutes } from './sites';
import { statisticsRoutes } from './statistics';
import { syncRoutes } from './sync';
import { testChatRoutes } from './test-chats';
import { turnRoutes } from './turns';
import { unknownRoutes } from './unknown-routes';
import { invitationRoutes, userRoutes } from './users';
import { visitorRoutes } from './visitors';
import { webhookEndpointRoutes } from './webhook-endpoints';
import { widgetRoutes } from './widget';

/** The HTTP door: everything below /api, and what monitoring asks for. */
export function createApi(
	app: App,
	{ isReady }: { isReady: () => Promise<{ database: boolean; redis: boolean }> },
): OpenAPIHono<ApiEnv> {
	const api = new OpenAPIHono<ApiEnv>({
		defaultHook: (result) => {
			if (result.success) return;
			// A path that no id fits is a path that is not there.
			if (result.target === 'param') throw notFound('what this path names');
			throw invalid(result.error);
		},
	});
	api.use('*', prepare(app), limitBody);
	api.route('/api/embed-chat', widgetRoutes());
	api.route('/api/conversation', conversationRoutes());
	// Before the routes of one chat session, whose id would be `bulk`.
	api.route('/api/sessions', sessionsAtOnceRoutes());
	api.route('/api/messenger-sessions', sessionsAtOnceRoutes());
	const sessions = sessionRoutes()
		.route('/', sessionPartRoutes())
		.route('/', reviewLockRoutes())
		.route('/', leadContactRoutes());
	api.route('/api/sessions', sessions);
	api.route('/api/messenger-sessions', sessions);
	api.route('/api', sessionsFileRoutes());
	api.route('/api', leadRoutes());
	api.route('/api/reviews', reviewRoutes());
	api.route('/api/saved-filters', savedFilterRoutes());
	api.route('/api/canned-replies', cannedReplyRoutes());
	api.route('/api/deliveries', deliveryRoutes());
	api.route('/api/errors', errorRoutes());
	api.route('/api/schemas', schemaRoutes());
	api.route('/api/turns', turnRoutes());
	api.route('/api/test-chats', testChatRoutes());
	api.route('/api/replays', replayRoutes());
	api.route('/api/sites', siteRoutes());
	api.route('/api/sites', n8nRoutes());
	api.route('/api/webhook-endpoints', webhookEndpointRoutes());
	api.route('/api', statisticsRoutes());
	api.route('/api', syncRoutes());
	api.route('/api/visitors', visitorRoutes());
	api.route('/api/users', userRoutes());
	api.route('/api/invitations', invitationRoutes());
	api.route('/api/api-keys', apiKeyRoutes());
	api.route('/api/audit-entries', auditRoutes());
	api.route('/api/mails', mailRoutes());
	api.route('/api/messenger', messengerRoutes());
	api.route('/', healthRoutes(isReady));
	api.route('/api', openApiRoutes(api));
	api.notFound(unknownRoutes(api));
	api.onError(answerProblem);
	return api;
}
