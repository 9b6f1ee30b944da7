import { ONE_TIME_LINK, type Letter } from '../render.ts';

export interface AccountMails {
	/** Both contain a one-time link, which `queueMail` takes separately. */
	invitation: { invited_by: string; role: 'admin' | 'agent'; days: number };
	password_reset: { name: string; minutes: number };
	test: { asked_by: string };
}

const MAY: Record<'admin' | 'agent', string> = {
	admin: 'As an admin you also manage sites, users and keys.',
	agent: 'You will see every conversation as it happens, and can step in.',
};

export const account = {
	invitation: ({ invited_by, role, days }: AccountMails['invitation']): Letter => ({
		subject: `${invited_by} invites you to Frontdesk`,
		title: 'Join your team on Frontdesk',
		parts: [
			{ type: 'text', text: `${invited_by} has invited you. ${MAY[role]}` },
			{ type: 'button', label: 'Accept the invitation', url: ONE_TIME_LINK },
			{ type: 'hint', text: `The link works once, for ${days} days.` },
		],
	}),
	password_reset: ({ name, minutes }: AccountMails['password_reset']): Letter => ({
		subject: 'Choose a new password',
		title: 'Choose a new password',
		parts: [
			{ type: 'text', text: `Hello ${name}, somebody asked for a new password for your account.` },
			{ type: 'button', label: 'Choose a new password', url: ONE_TIME_LINK },
			{
				type: 'hint',
				text: `The link works once, for ${minutes} minutes. If it was not you, do nothing: your password stays as it is.`,
			},
		],
	}),
	test: ({ asked_by }: AccountMails['test']): Letter => ({
		subject: 'Mail from Frontdesk works',
		title: 'Mail works',
		parts: [{ type: 'text', text: `${asked_by} asked for this test. Nothing needs to be done.` }],
	}),
};
