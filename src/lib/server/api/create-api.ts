import { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { invalid } from '../core/parse.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditRoutes } from './audit-entries.ts';
import { cannedReplyRoutes } from './canned-replies.ts';
import { conversationRoutes } from './conversation.ts';
import { deliveryRoutes } from './deliveries.ts';
import type { ApiEnv } from './env.ts';
import { errorRoutes } from './errors.ts';
import { limitBody, limitDepth, prepare } from './every-request.ts';
import { healthRoutes } from './health.ts';
import { mailRoutes } from './mails.ts';
import { leadContactRoutes, leadRoutes } from './leads.ts';
import { openApiRoutes } from './openapi.ts';
import { answerProblem } from './problems.ts';
import { messengerRoutes } from './messenger.ts';
import { replayRoutes } from './replays.ts';
import { reviewLockRoutes } from './review-locks.ts';
import { reviewRoutes } from './reviews.ts';
import { savedFilterRoutes } from './saved-filters.ts';
import { sessionPartRoutes } from './session-parts.ts';
import { schemaRoutes } from './schemas.ts';
import { sessionRoutes } from './sessions.ts';
import { sessionsAtOnceRoutes, sessionsFileRoutes } from './sessions-at-once.ts';
import { n8nRoutes } from './n8n.ts';
import { siteRoutes } from './sites.ts';
import { statisticsRoutes } from './statistics.ts';
import { syncRoutes } from './sync.ts';
import { testChatRoutes } from './test-chats.ts';
import { turnRoutes } from './turns.ts';
import { unknownRoutes } from './unknown-routes.ts';
import { invitationRoutes, userRoutes } from './users.ts';
import { visitorRoutes } from './visitors.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';
import { widgetRoutes } from './widget.ts';

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
	api.use('*', prepare(app), limitBody, limitDepth);
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
