import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { isOpenAt, findNextOpening } from '#lib/server/sites/index.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import { type SiteRow, getVisitorLanguage } from '#lib/server/sites/unchecked.ts';

interface HandoffTexts {
	/** Sent when no one took over in time. */
	missed: string;
	/** Sent outside business hours; `{when}` is replaced with the day and time. */
	closed: string;
	/** Sent outside business hours if the next opening time is unknown. */
	away: string;
	/** `{time}` is replaced with the time of the next opening on the same day. */
	today: string;
	/** `{day}` and `{time}` are replaced with those of the next opening. */
	later: string;
}

/** Messages to visitors who asked for a person, in the widget's languages (src/lib/server/embed/texts). */
const TEXTS: Record<WidgetLanguage, HandoffTexts> = {
	en: {
		missed:
			'Sorry, no one from our team is free right now. The assistant can help you in the meantime.',
		closed: 'Our team is not here right now. Someone will be back {when}.',
		away: 'Our team is not here right now.',
		today: 'today at {time}',
		later: 'on {day} at {time}',
	},
	de: {
		missed:
			'Leider ist gerade niemand aus unserem Team frei. Der Assistent hilft Ihnen in der Zwischenzeit weiter.',
		closed: 'Unser Team ist gerade nicht da. {when} ist wieder jemand für Sie da.',
		away: 'Unser Team ist gerade nicht da.',
		today: 'Heute um {time}',
		later: 'Am {day} um {time}',
	},
	es: {
		missed:
			'Lo sentimos, ahora mismo no hay nadie de nuestro equipo disponible. El asistente le ayudará mientras tanto.',
		closed: 'Nuestro equipo no está disponible ahora. Volveremos {when}.',
		away: 'Nuestro equipo no está disponible ahora.',
		today: 'hoy a las {time}',
		later: 'el {day} a las {time}',
	},
	fr: {
		missed:
			'Désolé, personne de notre équipe n’est disponible pour le moment. L’assistant vous aide en attendant.',
		closed: 'Notre équipe n’est pas là pour le moment. Quelqu’un sera de retour {when}.',
		away: 'Notre équipe n’est pas là pour le moment.',
		today: 'aujourd’hui à {time}',
		later: '{day} à {time}',
	},
	pt: {
		missed:
			'Desculpe, ninguém da nossa equipe está livre agora. O assistente vai ajudá-lo enquanto isso.',
		closed: 'A nossa equipe não está disponível agora. Estaremos de volta {when}.',
		away: 'A nossa equipe não está disponível agora.',
		today: 'hoje às {time}',
		later: '{day} às {time}',
	},
	ar: {
		missed: 'عذرًا، لا يوجد أحد من فريقنا متاح الآن. سيساعدك المساعد في هذه الأثناء.',
		closed: 'فريقنا غير متواجد الآن. سنعود {when}.',
		away: 'فريقنا غير متواجد الآن.',
		today: 'اليوم الساعة {time}',
		later: 'يوم {day} الساعة {time}',
	},
};

/** Returns the message for a missed handoff; outside business hours, it says when someone will be available. */
export function describeAbsence(
	{ business_hours: hours, look }: Pick<SiteRow, 'business_hours' | 'look'>,
	context: VisitorContext,
	at: Date,
): string {
	const language = getVisitorLanguage(look.language, context);
	const texts = TEXTS[language];
	if (!hours || isOpenAt(hours, at)) return texts.missed;
	const next = findNextOpening(hours, at);
	if (!next) return texts.away;
	const day = new Intl.DateTimeFormat(language, {
		weekday: 'long',
		day: 'numeric',
		month: 'long',
		timeZone: 'UTC',
	}).format(new Date(next.day));
	// In the team's time zone, as on their website.
	const time = `${next.time} (${getTimeZoneName(hours.time_zone, language, at)})`;
	const when = (next.is_today ? texts.today : texts.later).replace('{day}', day);
	return texts.closed.replace('{when}', when.replace('{time}', time));
}

function getTimeZoneName(timeZone: string, language: WidgetLanguage, at: Date): string {
	const format = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'short' });
	return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}
