import { z } from 'zod';
import { apiKey, createdApiKey, type ApiKeyInput } from '#lib/contract/api-key.ts';
import { auditEntry } from '#lib/contract/audit-entry.ts';
import { pageOf } from '#lib/contract/common.ts';
import { connectorTrial, type ConnectorInput } from '#lib/contract/connector.ts';
import { mail, mailContent } from '#lib/contract/mail.ts';
import { messengerPage } from '#lib/contract/messenger.ts';
import { n8nConnection, type N8nConnectInput, type N8nDisconnectInput } from '#lib/contract/n8n.ts';
import {
	siteSettings,
	siteSummary,
	type SiteInput,
	type SiteUpdate,
} from '#lib/contract/site-settings.ts';
import { madeInvitation, user, type InvitationInput, type UserPatch } from '#lib/contract/user.ts';
import {
	newWebhookEndpoint,
	webhookEndpoint,
	webhookTest,
	type WebhookEndpointInput,
	type WebhookEndpointUpdate,
} from '#lib/contract/webhook-endpoint.ts';
import { call, queryOf, type Query } from './call.ts';

const nothing = z.undefined();
const ENDPOINTS = '/api/webhook-endpoints';

/** Users, API keys, mail, Messenger pages and the audit log, for admins. */
export const settingsApi = {
	updateUser: (id: number, patch: UserPatch) => call(user, 'PATCH', `/api/users/${id}`, patch),
	signOutEverywhere: (id: number) => call(nothing, 'POST', `/api/users/${id}/sign-out`),
	resetTwoFactor: (id: number) => call(nothing, 'DELETE', `/api/users/${id}/two-factor`),
	invite: (input: InvitationInput) => call(madeInvitation, 'POST', '/api/invitations', input),
	resendInvitation: (id: number) =>
		call(madeInvitation, 'POST', `/api/invitations/${id}/send-again`),
	cancelInvitation: (id: number) => call(nothing, 'DELETE', `/api/invitations/${id}`),
	removePageToken: (pageId: string) =>
		call(messengerPage, 'DELETE', `/api/messenger/pages/${encodeURIComponent(pageId)}/token`),
	createApiKey: (input: ApiKeyInput) => call(createdApiKey, 'POST', '/api/api-keys', input),
	revokeApiKey: (id: number) => call(apiKey, 'DELETE', `/api/api-keys/${id}`),
	listMails: (query: Query) => call(pageOf(mail), 'GET', `/api/mails?${queryOf(query)}`),
	getMail: (id: number) => call(mailContent, 'GET', `/api/mails/${id}`),
	sendMailAgain: (id: number) => call(mail, 'POST', `/api/mails/${id}/send-again`),
	sendTestMail: () => call(mail, 'POST', '/api/mails/test'),
	listAuditEntries: (query: Query) =>
		call(pageOf(auditEntry), 'GET', `/api/audit-entries?${queryOf(query)}`),
};

/** Sites, their AI and their webhook endpoints, for admins. */
export const sitesApi = {
	list: (cursor: string) => call(pageOf(siteSummary), 'GET', `/api/sites?${queryOf({ cursor })}`),
	create: (input: SiteInput) => call(siteSettings, 'POST', '/api/sites', input),
	update: (key: string, input: SiteUpdate) =>
		call(siteSettings, 'PATCH', `/api/sites/${key}`, input),
	tryConnector: (key: string, input: ConnectorInput) =>
		call(connectorTrial, 'POST', `/api/sites/${key}/connector/test`, input),
	getN8n: (key: string) => call(n8nConnection, 'GET', `/api/sites/${key}/n8n`),
	connectN8n: (key: string, input: N8nConnectInput) =>
		call(n8nConnection, 'PUT', `/api/sites/${key}/n8n`, input),
	disconnectN8n: (key: string, input: N8nDisconnectInput) =>
		call(n8nConnection, 'POST', `/api/sites/${key}/n8n/disconnect`, input),
	createEndpoint: (input: WebhookEndpointInput) =>
		call(newWebhookEndpoint, 'POST', ENDPOINTS, input),
	updateEndpoint: (id: number, input: WebhookEndpointUpdate) =>
		call(webhookEndpoint, 'PATCH', `${ENDPOINTS}/${id}`, input),
	deleteEndpoint: (id: number) => call(nothing, 'DELETE', `${ENDPOINTS}/${id}`),
	rotateSecret: (id: number) =>
		call(newWebhookEndpoint, 'POST', `${ENDPOINTS}/${id}/rotate-secret`),
	testEndpoint: (id: number) => call(webhookTest, 'POST', `${ENDPOINTS}/${id}/test`),
};
