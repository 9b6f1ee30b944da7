import type { Letter } from '../render.ts';

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
	/** What a user chose to be notified about. */
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
}

export const service = {
	alert: (data: ServiceMails['alert']): Letter => ({
		subject: `${data.workflow} fails: ${oneLine(data.message)}`,
		title: `${data.workflow} fails`,
		parts: [
			{ type: 'text', text: data.message },
			{
				type: 'facts',
				rows: [
					['Workflow', data.workflow],
					...(data.node === null ? [] : [['Node', data.node] as [string, string]]),
					['How often', data.count === 1 ? 'once' : `${data.count} times`],
					['First', data.first_at],
					['Last', data.last_at],
				],
			},
			{ type: 'button', label: 'Look at the errors', url: data.url },
			{ type: 'hint', text: 'Visitors got the fallback reply where the AI did not answer.' },
		],
	}),
	endpoint_disabled: (data: ServiceMails['endpoint_disabled']): Letter => ({
		subject: `Deliveries of ${data.site} have stopped`,
		title: 'An endpoint was disabled',
		parts: [
			{ type: 'text', text: `Nothing is sent to this endpoint any more: ${data.reason}.` },
			{
				type: 'facts',
				rows: [
					['Site', data.site],
					['Endpoint', data.endpoint],
				],
			},
			{ type: 'button', label: 'Open the settings', url: data.url },
			{
				type: 'hint',
				text: 'Enable it when it is mended; what was not delivered can be sent again.',
			},
		],
	}),
	notification: (data: ServiceMails['notification']): Letter => ({
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
	daily_summary: (data: ServiceMails['daily_summary']): Letter => ({
		subject: `Frontdesk on ${data.day}`,
		title: data.day,
		parts: [
			{ type: 'text', text: `Good morning, ${data.name}. This was the day:` },
			{ type: 'facts', rows: data.numbers },
			...(data.attention.length > 0
				? [
						{ type: 'text' as const, text: 'What needs attention now:' },
						{ type: 'facts' as const, rows: data.attention },
					]
				: []),
			{ type: 'button', label: 'Open Frontdesk', url: data.url },
			{ type: 'hint', text: 'You chose this summary in your profile, and can end it there.' },
		],
	}),
};

const oneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, 80).toWellFormed();
