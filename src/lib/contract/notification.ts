import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';
import { timeZone } from './calendar.ts';

/** The kinds of alerts. */
export const alertKind = z.enum([
	'handoff_requested',
	'lead_completed',
	'lead_overdue',
	'ai_failing',
	'challenger_returned',
]);
export type AlertKind = z.infer<typeof alertKind>;

/** The label and hint of each kind, in display order. */
export const alertLabels: Record<AlertKind, { label: string; hint: string }> = {
	handoff_requested: { label: 'Handoff requested', hint: 'A visitor asks to talk to a person.' },
	lead_completed: {
		label: 'New lead',
		hint: 'A chat is completed and has an email address or phone number.',
	},
	lead_overdue: { label: 'Lead overdue', hint: 'No one replied to a lead by its deadline.' },
	ai_failing: {
		label: 'AI failing',
		hint: 'A site’s AI fails repeatedly. At most once an hour.',
	},
	challenger_returned: {
		label: 'Challenger stopped',
		hint: 'A challenger failed, and the champion answers everyone again.',
	},
};

const channels = z.object({ push: z.boolean(), email: z.boolean() });
type AlertChannel = keyof z.infer<typeof channels>;
export const alertChannels: AlertChannel[] = ['push', 'email'];

const channelsWithDefault = channels.default({ push: true, email: true });
/** The channels through which a user gets each kind of alert. */
const alertChoices = z.object({
	handoff_requested: channels,
	lead_completed: channels,
	lead_overdue: channels,
	ai_failing: channels,
	// Added later, so older clients omit it.
	challenger_returned: channelsWithDefault,
} satisfies Record<AlertKind, typeof channels | typeof channelsWithDefault>);
export type AlertChoices = z.infer<typeof alertChoices>;

export const DEFAULT_ALERT_CHOICES: AlertChoices = {
	handoff_requested: { push: true, email: true },
	lead_completed: { push: true, email: false },
	lead_overdue: { push: true, email: false },
	ai_failing: { push: true, email: false },
	challenger_returned: { push: true, email: true },
};

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time, e.g. 22:00.');

/** Daily hours in the user's time zone; may span midnight. */
export const quietHours = z
	.object({ from: timeOfDay, to: timeOfDay })
	.refine(({ from, to }) => from !== to, { message: 'Choose two different times.', path: ['to'] });
export type QuietHours = z.infer<typeof quietHours>;

const MAX_SITES = 200;

const settingsShape = {
	/** For every site that is not in `sites`. */
	alerts: alertChoices,
	/** Overrides `alerts` for individual sites. */
	sites: z
		.record(siteKey, alertChoices)
		.refine((sites) => Object.keys(sites).length <= MAX_SITES, 'too many sites'),
	/** No push message is sent during these hours, and emails wait until they end. */
	quiet_hours: quietHours.nullable(),
	/** The time zone of quiet hours for users without one in their profile. */
	time_zone: timeZone.nullable().default(null),
};

/** A user's own notification settings. */
export const notificationSettings = z.object(settingsShape).meta({ id: 'NotificationSettings' });
export type NotificationSettings = z.output<typeof notificationSettings>;

/** Keys of the sites whose weekly report a user gets by email. */
const weeklyReports = z.array(siteKey).max(MAX_SITES);

export const notificationSettingsInput = z
	.object({
		...settingsShape,
		/** Unchanged if omitted. */
		weekly_reports: weeklyReports.optional(),
	})
	.meta({ id: 'NotificationSettingsInput' });
export type NotificationSettingsInput = z.input<typeof notificationSettingsInput>;

export const DEFAULT_NOTIFICATION_SETTINGS: NotificationSettings = {
	alerts: DEFAULT_ALERT_CHOICES,
	sites: {},
	quiet_hours: null,
	time_zone: null,
};

const base64url = (bytes: number) =>
	z
		.string()
		.regex(/^[A-Za-z0-9_-]+={0,2}$/, 'not base64url')
		.refine(
			(text) => Math.floor((text.replace(/=+$/, '').length * 3) / 4) === bytes,
			`must be ${bytes} bytes`,
		);

/** A browser's push subscription, as `PushSubscription.toJSON()` returns it. */
export const deviceInput = z
	.object({
		endpoint: z.url().max(2000),
		keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
	})
	.meta({ id: 'DeviceInput' });
export type DeviceInput = z.input<typeof deviceInput>;

/** A browser in which a user turned on push notifications. */
export const device = z
	.object({
		id: z.number().int(),
		/** Lets a browser recognize its own subscription; grants no access. */
		endpoint_hash: z.string(),
		user_agent: z.string().nullable(),
		created_at: timestamp,
		/** When a push message was last accepted. */
		last_used_at: timestamp.nullable(),
		/** When push messages started to fail. Null after a success. */
		failing_since: timestamp.nullable(),
		last_error: z.string().nullable(),
	})
	.meta({ id: 'Device' });
export type Device = z.infer<typeof device>;

/** Everything about a user's notifications. */
export const notifications = z
	.object({
		settings: notificationSettings,
		weekly_reports: weeklyReports,
		/** The time zone of quiet hours. */
		time_zone: z.string(),
		devices: z.array(device),
		/** The key that browsers subscribe with. Null while the server cannot read its keys. */
		vapid_public_key: z.string().nullable(),
		/** Whether emails are sent. Otherwise they stay in the outbox. */
		is_sending_email: z.boolean(),
	})
	.meta({ id: 'Notifications' });
export type Notifications = z.infer<typeof notifications>;

/** The content of a push message, which the service worker shows. */
export const pushPayload = z.object({
	title: z.string(),
	body: z.string(),
	/** A path in the dashboard. */
	url: z.string(),
	/** A new message replaces a shown one with the same tag. */
	tag: z.string(),
});
export type PushPayload = z.infer<typeof pushPayload>;
