import { z } from 'zod';
import { pageOf, type Page } from '#lib/contract/common.ts';
import {
	connectorTrial,
	type ConnectorInput,
	type ConnectorTrial,
} from '#lib/contract/connector.ts';
import {
	n8nConnection,
	type N8nConnectInput,
	type N8nConnection,
	type N8nDisconnectInput,
} from '#lib/contract/n8n.ts';
import {
	siteSettings,
	siteSummary,
	type SiteInput,
	type SiteSettings,
	type SiteSummary,
	type SiteUpdate,
} from '#lib/contract/site-settings.ts';
import {
	newWebhookEndpoint,
	webhookEndpoint,
	webhookTest,
	type NewWebhookEndpoint,
	type WebhookEndpoint,
	type WebhookEndpointInput,
	type WebhookEndpointUpdate,
	type WebhookTest,
} from '#lib/contract/webhook-endpoint.ts';
import { call } from '#lib/client/api-client.ts';

const nothing = z.undefined();
const ENDPOINTS = '/api/webhook-endpoints';

/** What admins ask the HTTP API for about sites and their webhook endpoints. */
export const sitesApi = {
	list: (cursor: string): Promise<Page<SiteSummary>> =>
		call(pageOf(siteSummary), 'GET', `/api/sites?cursor=${encodeURIComponent(cursor)}`),
	create: (input: SiteInput): Promise<SiteSettings> =>
		call(siteSettings, 'POST', '/api/sites', input),
	update: (key: string, input: SiteUpdate): Promise<SiteSettings> =>
		call(siteSettings, 'PATCH', `/api/sites/${key}`, input),
	tryConnector: (key: string, input: ConnectorInput): Promise<ConnectorTrial> =>
		call(connectorTrial, 'POST', `/api/sites/${key}/connector/test`, input),
	getN8n: (key: string): Promise<N8nConnection> =>
		call(n8nConnection, 'GET', `/api/sites/${key}/n8n`),
	connectN8n: (key: string, input: N8nConnectInput): Promise<N8nConnection> =>
		call(n8nConnection, 'PUT', `/api/sites/${key}/n8n`, input),
	disconnectN8n: (key: string, input: N8nDisconnectInput): Promise<N8nConnection> =>
		call(n8nConnection, 'POST', `/api/sites/${key}/n8n/disconnect`, input),
	createEndpoint: (input: WebhookEndpointInput): Promise<NewWebhookEndpoint> =>
		call(newWebhookEndpoint, 'POST', ENDPOINTS, input),
	updateEndpoint: (id: number, input: WebhookEndpointUpdate): Promise<WebhookEndpoint> =>
		call(webhookEndpoint, 'PATCH', `${ENDPOINTS}/${id}`, input),
	deleteEndpoint: (id: number): Promise<undefined> => call(nothing, 'DELETE', `${ENDPOINTS}/${id}`),
	rotateSecret: (id: number): Promise<NewWebhookEndpoint> =>
		call(newWebhookEndpoint, 'POST', `${ENDPOINTS}/${id}/rotate-secret`),
	testEndpoint: (id: number): Promise<WebhookTest> =>
		call(webhookTest, 'POST', `${ENDPOINTS}/${id}/test`),
};
