import { z } from 'zod';
import { challengerReturned } from './challenger.ts';
import { defineAction, defineEvent } from './define-event.ts';
import { site } from './site.ts';

/** Events of settings, users and keys: part of the table in `events.ts`. */
export const settingsEvents = {
	'site.created': defineAction('created the site {target}'),
	'site.updated': defineEvent(z.object({ site }), {
		agents: 'team',
		audit: 'changed the site {target}',
	}),
	'site.archived': defineAction('archived the site {target}'),
	'site.restored': defineAction('restored the site {target}'),
	'connector.tested': defineAction('tested the AI of {target}'),
	'page.tested': defineAction('tested a page with the chat of {target}'),
	'challenger.started': defineAction('put a challenger on trial for {target}'),
	'challenger.updated': defineAction('changed the share of the challenger of {target}'),
	'challenger.stopped': defineAction('stopped the trial of the challenger of {target}'),
	'challenger.promoted': defineAction('promoted the challenger of {target}'),
	'challenger.promotion_undone': defineAction('restored the previous champion of {target}'),
	/** The guard ended a trial: the champion answers everyone again. */
	'challenger.returned': defineEvent(challengerReturned, {
		agents: 'team',
		audit: 'returned all visitors to the champion of {target}',
		webhooks: {
			'challenger.returned': {
				label: 'Challenger returned',
				hint: 'A challenger failed its trial: the champion answers all visitors again.',
				key: ({ challenger_id }) => challenger_id,
			},
		},
	}),
	'endpoint.created': defineAction('created the webhook {target}'),
	'endpoint.updated': defineAction('changed the webhook {target}'),
	'endpoint.deleted': defineAction('deleted the webhook {target}'),
	'endpoint.secret_rotated': defineAction('rotated the signing secret of {target}'),
	'endpoint.tested': defineAction('tested the webhook {target}'),
	'canned_reply.created': defineAction('created the canned reply {target}'),
	'canned_reply.updated': defineAction('changed the canned reply {target}'),
	'canned_reply.deleted': defineAction('deleted the canned reply {target}'),
	'n8n.connected': defineAction('connected n8n to the site {target}'),
	'n8n.disconnected': defineAction('disconnected n8n from the site {target}'),
	'messenger.connected': defineAction('connected the Messenger page {target}'),
	'messenger.disconnected': defineAction('removed the token for the Messenger page {target}'),
	'sync.run': defineAction('ran a sync'),
	'notifications.updated': defineAction('changed their notification settings'),
	'device.added': defineAction('turned on push notifications in {target}'),
	'device.removed': defineAction('turned off push notifications in {target}'),
	'settings.updated': defineAction('changed the settings of {target}'),

	/** An auth session of this user ended, or the user's permissions changed. */
	'user.signed_out': defineEvent(z.object({ user_id: z.number().int() }), { agents: 'user' }),
	'user.first_admin_created': defineAction('created the first admin account'),
	'user.invited': defineAction('invited {target}'),
	'user.invitation_cancelled': defineAction('canceled the invitation for {target}'),
	'user.joined': defineAction('joined the team'),
	'user.updated': defineAction('changed the name or email of {target}'),
	'user.role_changed': defineAction('changed the role of {target}'),
	'user.disabled': defineAction('disabled {target}'),
	'user.enabled': defineAction('enabled {target}'),
	'user.signed_in': defineAction('signed in'),
	'user.signed_out_everywhere': defineAction(({ others }) =>
		others === true ? 'signed out their other browsers' : 'signed out all browsers of {target}',
	),
	'user.password_changed': defineAction('changed their password'),
	'user.password_reset': defineAction('reset their password'),
	'user.two_factor_enabled': defineAction('turned on two-factor authentication'),
	'user.two_factor_disabled': defineAction('turned off two-factor authentication'),
	'user.two_factor_reset': defineAction('reset two-factor authentication for {target}'),
	'user.recovery_codes_created': defineAction('created new recovery codes'),
	'api_key.created': defineAction('created the API key {target}'),
	'api_key.revoked': defineAction('revoked the API key {target}'),
};
