import { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { createInvalidError } from '../core/parse.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditRoutes } from './audit-entries.ts';
import { cannedReplyRoutes } from './canned-replies.ts';
import { challengerRoutes } from './challengers.ts';
import { conversationRoutes, syncRoutes } from './workflows.ts';
import { deliveryRoutes } from './deliveries.ts';
import { errorRoutes } from './errors.ts';
import { checkJson, limitBody, prepare } from './middleware.ts';
import { handoffRoutes, waitingVisitorRoutes } from './handoffs.ts';
import { healthRoutes } from './health.ts';
import { leadPartRoutes, leadRoutes } from './leads.ts';
import { mailRoutes } from './mails.ts';
import { messengerRoutes } from './messenger.ts';
import { n8nRoutes } from './n8n.ts';
import { notificationRoutes } from './notifications.ts';
import { openApiRoutes } from './openapi.ts';
import { respondWithProblem, handleUnknownRoutes } from './problems.ts';
import { checkRoutes, reviewLockRoutes, reviewRoutes } from './reviews.ts';
import type { ApiEnv } from './route.ts';
import { savedFilterRoutes } from './saved-filters.ts';
import { sessionSubresourceRoutes } from './session-subresources.ts';
import { sessionExportRoutes, sessionRoutes } from './sessions.ts';
import { siteRoutes } from './sites.ts';
import { statisticsRoutes } from './statistics.ts';
import { suiteRoutes, suiteRunRoutes } from './suites.ts';
import { caseDraftRoutes, caseRoutes } from './cases.ts';
import { replayRoutes, testChatRoutes } from './test-chats.ts';
import { turnRoutes } from './turns.ts';
import { invitationRoutes, userRoutes } from './users.ts';
import { visitorRoutes } from './visitors.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';
import { widgetRoutes } from './widget.ts';

/** Creates the HTTP API: everything under /api, plus health checks and metrics. */
export function createApi(
	app: App,
	{ checkReadiness }: { checkReadiness: () => Promise<{ database: boolean; redis: boolean }> },
) {
	const api = new OpenAPIHono<ApiEnv>({
		defaultHook: (result) => {
			if (result.success) return;
			// A malformed id can't match a resource, so it results in a 404.
			if (result.target === 'param') throw notFound('the resource');
			throw createInvalidError(result.error);
		},
	});
	api.use('*', prepare(app), limitBody, checkJson);
	api.route('/api/embed-chat', widgetRoutes());
	const sessions = sessionRoutes()
		.route('/', sessionSubresourceRoutes())
		.route('/', handoffRoutes())
		.route('/', reviewLockRoutes())
		.route('/', caseDraftRoutes())
		.route('/', leadPartRoutes());
	const routes = api
		.route('/api/sessions', sessions)
		.route('/api', sessionExportRoutes())
		.route('/api', leadRoutes())
		.route('/api/handoffs', waitingVisitorRoutes())
		.route('/api/reviews', reviewRoutes())
		.route('/api/checks', checkRoutes())
		.route('/api/saved-filters', savedFilterRoutes())
		.route('/api/notifications', notificationRoutes())
		.route('/api/canned-replies', cannedReplyRoutes())
		.route('/api/deliveries', deliveryRoutes())
		.route('/api/errors', errorRoutes())
		.route('/api/turns', turnRoutes())
		.route('/api/test-chats', testChatRoutes())
		.route('/api/replays', replayRoutes())
		.route('/api/cases', caseRoutes())
		.route('/api/suites', suiteRoutes())
		.route('/api/suite-runs', suiteRunRoutes())
		.route('/api/sites', siteRoutes())
		.route('/api/sites', n8nRoutes())
		.route('/api/sites', challengerRoutes())
		.route('/api/webhook-endpoints', webhookEndpointRoutes())
		.route('/api', statisticsRoutes())
		.route('/api/visitors', visitorRoutes())
		.route('/api/users', userRoutes())
		.route('/api/invitations', invitationRoutes())
		.route('/api/api-keys', apiKeyRoutes())
		.route('/api/audit-entries', auditRoutes())
		.route('/api/mails', mailRoutes())
		.route('/api/messenger', messengerRoutes());
	// Not part of `routes`: the dashboard's typed client doesn't need these.
	api.route('/api/messenger-sessions', sessions);
	api.route('/api/conversation', conversationRoutes());
	api.route('/api', syncRoutes());
	api.route('/', healthRoutes(checkReadiness));
	api.route('/api', openApiRoutes(api));
	api.notFound(handleUnknownRoutes(api));
	api.onError(respondWithProblem);
	return routes;
}

/** The routes in the dashboard's typed client. */
export type DashboardApi = ReturnType<typeof createApi>;
