import { type BusinessHours, type Weekday, WEEKDAYS } from '#lib/contract/calendar.ts';

/** One text per weekday, such as `09:00–12:00, 13:00–17:00`; empty for closed days. */
export type DayTexts = Record<Weekday, string>;

export function toDayTexts(hours: BusinessHours | null): DayTexts {
	const formatDay = (day: Weekday) =>
		(hours?.intervals ?? [])
			.filter((interval) => interval.day === day)
			.map(({ from, to }) => `${from}\u2013${to}`)
			.join(', ');
	return Object.fromEntries(WEEKDAYS.map((day) => [day, formatDay(day)])) as DayTexts;
}

/** Parses the texts. Invalid times are kept, so that validation rejects them. */
export function toIntervals(texts: DayTexts): BusinessHours['intervals'] {
	return WEEKDAYS.flatMap((day) =>
		texts[day]
			.split(/[,;]/)
			.map((text) => text.trim())
			.filter((text) => text !== '')
			.map((text) => {
				const [from = '', ...rest] = text.split(/\s*(?:[-\u2013\u2014]|to|until)\s*/);
				return { day, from: normalizeTime(from), to: normalizeTime(rest.join('\u2013')) };
			}),
	);
}

/** Converts `9`, `9:00` and `9.00` to `09:00`. */
function normalizeTime(text: string): string {
	const [, hour, minute = '00'] = /^(\d{1,2})(?:[:.](\d{2}))?$/.exec(text) ?? [];
	return hour === undefined ? text : `${hour.padStart(2, '0')}:${minute}`;
}
