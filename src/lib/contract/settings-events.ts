import { z } from 'zod';
import { challengerReturned } from './challenger.ts';
import { act, event } from './define-event.ts';
import { site } from './site.ts';

/** Events of settings, users and keys: part of the table in `events.ts`. */
export const settingsEvents = {
	'site.created': act('created the site {target}'),
	'site.updated': event(z.object({ site }), {
		agents: 'team',
		audit: 'changed the site {target}',
	}),
	'site.archived': act('archived the site {target}'),
	'site.restored': act('restored the site {target}'),
	'connector.tested': act('tested the AI of {target}'),
	'page.tested': act('tested a page with the chat of {target}'),
	'challenger.started': act('put a challenger on trial for {target}'),
	'challenger.updated': act('changed the share of the challenger of {target}'),
	'challenger.stopped': act('stopped the trial of the challenger of {target}'),
	'challenger.promoted': act('promoted the challenger of {target} to champion'),
	'challenger.promotion_undone': act('restored the previous champion of {target}'),
	/** The guard ended a trial: the champion answers everyone again. */
	'challenger.returned': event(challengerReturned, {
		agents: 'team',
		audit: 'returned all visitors to the champion of {target}',
		webhooks: {
			'challenger.returned': {
				label: 'Challenger returned',
				hint: 'A trial ended by itself: the champion answers all visitors.',
				key: ({ challenger_id }) => challenger_id,
			},
		},
	}),
	'endpoint.created': act('created the endpoint {target}'),
	'endpoint.updated': act('changed the endpoint {target}'),
	'endpoint.deleted': act('deleted the endpoint {target}'),
	'endpoint.secret_rotated': act('rotated the signing secret of {target}'),
	'endpoint.tested': act('tested the endpoint {target}'),
	'canned_reply.created': act('created the canned reply {target}'),
	'canned_reply.updated': act('changed the canned reply {target}'),
	'canned_reply.deleted': act('deleted the canned reply {target}'),
	'n8n.connected': act('connected n8n to the site {target}'),
	'n8n.disconnected': act('disconnected n8n from the site {target}'),
	'messenger.connected': act('connected the Messenger page {target}'),
	'messenger.disconnected': act('removed the token for the Messenger page {target}'),
	'sync.run': act('ran a sync'),
	'notifications.updated': act('changed their notification settings'),
	'device.added': act('turned on push notifications in {target}'),
	'device.removed': act('turned off push notifications in {target}'),
	'settings.updated': act('changed the settings of {target}'),

	/** An auth session of this user ended, or the user's permissions changed. */
	'user.signed_out': event(z.object({ user_id: z.number().int() }), { agents: 'user' }),
	'user.first_admin_created': act('created the first admin {target}'),
	'user.invited': act('invited {target}'),
	'user.invitation_cancelled': act('canceled the invitation for {target}'),
	'user.joined': act('joined the team'),
	'user.updated': act('changed the name or email of {target}'),
	'user.role_changed': act('changed the role of {target}'),
	'user.disabled': act('disabled {target}'),
	'user.enabled': act('enabled {target}'),
	'user.signed_in': act('signed in'),
	'user.signed_out_everywhere': act(({ others }) =>
		others === true ? 'signed out their other browsers' : 'signed {target} out everywhere',
	),
	'user.password_changed': act('changed their password'),
	'user.password_reset': act('reset their password'),
	'user.two_factor_enabled': act('turned on two-factor authentication'),
	'user.two_factor_disabled': act('turned off two-factor authentication'),
	'user.two_factor_reset': act('reset two-factor authentication for {target}'),
	'user.recovery_codes_created': act('created new recovery codes'),
	'api_key.created': act('created the API key {target}'),
	'api_key.revoked': act('revoked the API key {target}'),
};
