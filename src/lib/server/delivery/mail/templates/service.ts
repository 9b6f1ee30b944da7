import type { MailContent } from '../render.ts';

export interface ServiceMails {
	/** A group of automation errors that keeps occurring; times are formatted. */
	alert: {
		workflow: string;
		node: string | null;
		message: string;
		count: number;
		first_at: string;
		last_at: string;
		url: string;
	};
	endpoint_disabled: { site: string; endpoint: string; reason: string; url: string };
	/** An alert of a kind that the user chose to get by email. */
	notification: {
		title: string;
		body: string;
		site: string;
		/** The visitor's name, if it is known. */
		visitor: string | null;
		url: string;
		settings_url: string;
	};
	daily_summary: {
		name: string;
		/** The formatted date. */
		day: string;
		numbers: [label: string, value: string][];
		attention: [label: string, value: string][];
		url: string;
	};
	/** Dates and figures are formatted. */
	weekly_report: {
		site: string;
		week: string;
		/** The time zone in which the week's days start. */
		zone: string;
		/** Such as "1,204 chats". */
		chats: string;
		leads: string;
		numbers: [label: string, week: string, previousWeek: string][];
		url: string;
		unsubscribe_url: string;
	};
}

export const serviceTemplates = {
	alert: (data: ServiceMails['alert']): MailContent => ({
		subject: `${data.workflow} is failing: ${toOneLine(data.message)}`,
		title: `${data.workflow} is failing`,
		parts: [
			{ type: 'text', text: data.message },
			{
				type: 'facts',
				rows: [
					['Workflow', data.workflow],
					...(data.node === null ? [] : [['Node', data.node] as [string, string]]),
					['Occurrences', String(data.count)],
					['First seen', data.first_at],
					['Last seen', data.last_at],
				],
			},
			{ type: 'button', label: 'View errors', url: data.url },
			{ type: 'hint', text: 'Visitors got the fallback reply whenever the AI didn’t answer.' },
		],
	}),
	endpoint_disabled: (data: ServiceMails['endpoint_disabled']): MailContent => ({
		subject: `Deliveries for ${data.site} have stopped`,
		title: 'A webhook was disabled',
		parts: [
			{ type: 'text', text: `Events are no longer sent to this webhook: ${data.reason}.` },
			{
				type: 'facts',
				rows: [
					['Site', data.site],
					['Webhook', data.endpoint],
				],
			},
			{ type: 'button', label: 'Open settings', url: data.url },
			{
				type: 'hint',
				text: 'Enable it again once it is fixed. You can then resend failed deliveries.',
			},
		],
	}),
	notification: (data: ServiceMails['notification']): MailContent => ({
		subject: data.title,
		title: data.title,
		parts: [
			{ type: 'text', text: data.body },
			{
				type: 'facts',
				rows: [
					['Site', data.site],
					...(data.visitor === null ? [] : [['Visitor', data.visitor] as [string, string]]),
				],
			},
			{ type: 'button', label: 'Open Frontdesk', url: data.url },
			{ type: 'hint', text: `Change your notifications: ${data.settings_url}` },
		],
	}),
	daily_summary: (data: ServiceMails['daily_summary']): MailContent => ({
		subject: `Frontdesk on ${data.day}`,
		title: data.day,
		parts: [
			{ type: 'text', text: `Good morning, ${data.name}. Here are the day’s numbers:` },
			{ type: 'facts', rows: data.numbers },
			...(data.attention.length > 0
				? [
						{ type: 'text' as const, text: 'Needs attention:' },
						{ type: 'facts' as const, rows: data.attention },
					]
				: []),
			{ type: 'button', label: 'Open Frontdesk', url: data.url },
			{ type: 'hint', text: 'You can turn off this summary in your profile.' },
		],
	}),
	weekly_report: (data: ServiceMails['weekly_report']): MailContent => ({
		subject: `${toOneLine(data.site)} last week: ${data.chats}, ${data.leads}`,
		// Non-breaking spaces keep the dates on one line.
		title: `${data.site}, ${data.week.replaceAll(/\s/g, '\u00a0')}`,
		parts: [
			{ type: 'weeks', rows: data.numbers },
			{ type: 'button', label: 'Open Analytics', url: data.url },
			{ type: 'hint', text: `Chats count on the day they started, in the time zone ${data.zone}.` },
			{ type: 'link', label: 'Unsubscribe from this report', url: data.unsubscribe_url },
		],
	}),
};

const toOneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, 80).toWellFormed();
