import { z } from 'zod';
import {
	apiKey,
	createdApiKey,
	type ApiKey,
	type ApiKeyInput,
	type CreatedApiKey,
} from '#lib/contract/api-key.ts';
import { auditEntry, type AuditEntry } from '#lib/contract/audit-entry.ts';
import { pageOf, type Page } from '#lib/contract/common.ts';
import { mail, mailContent, type Mail, type MailContent } from '#lib/contract/mail.ts';
import { messengerPage, type MessengerPage } from '#lib/contract/messenger.ts';
import {
	madeInvitation,
	user,
	type InvitationInput,
	type MadeInvitation,
	type User,
	type UserPatch,
} from '#lib/contract/user.ts';
import { call } from '#lib/client/api-client.ts';

const nothing = z.undefined();
const query = (given: Record<string, string>) => new URLSearchParams(given).toString();

/** What admins ask the HTTP API for on the settings pages. */
export const settingsApi = {
	updateUser: (id: number, patch: UserPatch): Promise<User> =>
		call(user, 'PATCH', `/api/users/${id}`, patch),
	signOutEverywhere: (id: number): Promise<undefined> =>
		call(nothing, 'POST', `/api/users/${id}/sign-out`),
	resetTwoFactor: (id: number): Promise<unknown> =>
		call(nothing, 'DELETE', `/api/users/${id}/two-factor`),
	invite: (input: InvitationInput): Promise<MadeInvitation> =>
		call(madeInvitation, 'POST', '/api/invitations', input),
	resendInvitation: (id: number): Promise<MadeInvitation> =>
		call(madeInvitation, 'POST', `/api/invitations/${id}/send-again`),
	cancelInvitation: (id: number): Promise<undefined> =>
		call(nothing, 'DELETE', `/api/invitations/${id}`),
	removePageToken: (pageId: string): Promise<MessengerPage> =>
		call(messengerPage, 'DELETE', `/api/messenger/pages/${encodeURIComponent(pageId)}/token`),
	createApiKey: (input: ApiKeyInput): Promise<CreatedApiKey> =>
		call(createdApiKey, 'POST', '/api/api-keys', input),
	revokeApiKey: (id: number): Promise<ApiKey> => call(apiKey, 'DELETE', `/api/api-keys/${id}`),
	listMails: (given: Record<string, string>): Promise<Page<Mail>> =>
		call(pageOf(mail), 'GET', `/api/mails?${query(given)}`),
	getMail: (id: number): Promise<MailContent> => call(mailContent, 'GET', `/api/mails/${id}`),
	sendMailAgain: (id: number): Promise<Mail> => call(mail, 'POST', `/api/mails/${id}/send-again`),
	sendTestMail: (): Promise<Mail> => call(mail, 'POST', '/api/mails/test'),
	listAuditEntries: (given: Record<string, string>): Promise<Page<AuditEntry>> =>
		call(pageOf(auditEntry), 'GET', `/api/audit-entries?${query(given)}`),
};
