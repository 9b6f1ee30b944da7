import { describe, expect, it } from 'vitest';
import type { BusinessHours } from '#lib/contract/calendar.ts';
import {
	createCheckedChat,
	findFlaggedMessages,
	MONDAY,
} from '../../../../../tests/factories/checked-chat.ts';

const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
const HOURS: BusinessHours = {
	time_zone: 'Europe/Berlin',
	intervals: WEEK.map((day) => ({ day, from: '09:00', to: '17:00' })),
	closed_on: ['2026-12-25'],
};
/** Returns the flagged messages of a chat whose answer was written the given hours after Monday at 10:00 in Berlin. */
function listFlagged(text: string, hours: number, business_hours: BusinessHours | null = HOURS) {
	const chat = createCheckedChat(['> Hello', `< ${text}`]);
	const at = new Date(MONDAY.getTime() + hours * 3_600_000);
	const messages = chat.messages.map((message) => ({ ...message, at }));
	return findFlaggedMessages('promise_outside_hours', {
		...chat,
		site: { ...chat.site, business_hours },
		messages,
	});
}
const EVENING = 10;
const SATURDAY = 5 * 24;

describe('a promise outside business hours', () => {
	it.each([
		['We’ll call you today.', EVENING],
		['Someone from our team will get back to you right away.', EVENING],
		['Our specialist will call you within 30 minutes.', EVENING],
		['We will reply within two hours.', EVENING],
		['A colleague will contact you tomorrow.', 4 * 24 + EVENING],
		['Wir melden uns heute noch bei Ihnen.', EVENING],
		['Ein Mitarbeiter ruft Sie in 10 Minuten an.', EVENING],
		['Wir rufen Sie morgen an.', 4 * 24 + EVENING],
		['Le llamaremos hoy mismo.', EVENING],
		['Un asesor le contactará mañana.', 4 * 24 + EVENING],
		['Nous vous rappelons aujourd’hui.', EVENING],
		['Un conseiller vous contactera dans une heure.', EVENING],
		['Entraremos em contato ainda hoje.', EVENING],
		['Ligaremos para você amanhã.', 4 * 24 + EVENING],
		['سنتصل بك اليوم.', EVENING],
		['سيتواصل معك فريقنا غدا.', 4 * 24 + EVENING],
		['Thanks! We’ll call you this afternoon. Anything else?', SATURDAY],
	])('is flagged: %j, %d hours later', async (text, hours) => {
		expect(await listFlagged(text, hours)).toEqual([2]);
	});

	it.each([
		['We’ll call you today.', 0],
		['We’ll call you today.', -3],
		['We’ll call you tomorrow.', EVENING],
		['We will reply within two hours.', -3],
		['Wir melden uns morgen bei Ihnen.', EVENING],
		['Guten Morgen, wir melden uns bei Ihnen.', SATURDAY],
		['Shall we call you today?', EVENING],
		['Unfortunately we can’t call you today.', EVENING],
		['Wir haben heute leider geschlossen und melden uns nicht mehr.', EVENING],
		['Someone will get back to you within 24 hours.', SATURDAY],
		['We will get back to you soon.', SATURDAY],
		['When would you like to start, today or tomorrow', EVENING],
		['You can call us today.', SATURDAY],
		['Hoy estamos cerrados.', EVENING],
		['Nous vous rappelons lundi matin.', SATURDAY],
		['Le llamaremos por la mañana.', SATURDAY],
	])('is not flagged: %j, %d hours later', async (text, hours) => {
		expect(await listFlagged(text, hours)).toEqual([]);
	});

	it.each([
		'Our team will call you back this afternoon.',
		'One of our experts will be with you in five minutes.',
		'I’ll have someone call you right away.',
		'Someone will reach out to you shortly today.',
		'We’ll get back to you by end of day.',
		'You’ll hear from us today.',
		'Expect a call within the hour.',
		'We are calling you in 10 minutes.',
		'Jemand wird sich heute bei Ihnen melden.',
		'Unser Kollege ruft Sie gleich zurück.',
		'Wir kommen heute noch vorbei.',
		'Ich lasse Sie heute zurückrufen.',
		'Sie hören heute noch von uns.',
		'Nos pondremos en contacto con usted hoy.',
		'Hoy mismo le llama un compañero.',
		'Te llamamos en 10 minutos.',
		'Un conseiller vous appelle dans quelques minutes.',
		'Nous allons vous rappeler aujourd’hui.',
		'On vous rappelle ce soir.',
		'Um consultor vai te ligar hoje.',
		'Vamos entrar em contato ainda hoje.',
		'Entraremos em contato em 30 minutos.',
		'سيتصل بك أحد موظفينا اليوم.',
		'سنرد عليك خلال ساعة.',
		'سوف نتواصل معك غدا.',
	])('is flagged at night before a day off: %j', async (text) => {
		expect(await listFlagged(text, SATURDAY + EVENING)).toEqual([2]);
	});

	it.each([
		'Are you free today?',
		'What can I do for you today?',
		'You can reach us today until 6.',
		'We can call you any time, today or tomorrow?',
		'Thanks for contacting us today.',
		'Heute ist Montag.',
		'Danke für Ihre Nachricht heute.',
		'Wann passt es Ihnen morgen?',
		'Hoy tenemos una oferta.',
		'Merci de nous avoir contactés aujourd’hui.',
		'Obrigado por entrar em contato hoje.',
		'شكرا لتواصلك معنا اليوم.',
		'We came to your neighbor today.',
		'Our office will be closed today, so nobody can call you.',
	])('is not recognized in: %j', async (text) => {
		expect(await listFlagged(text, SATURDAY + EVENING)).toEqual([]);
	});

	it('is flagged only if the site has hours, and respects its days off', async () => {
		expect(await listFlagged('We’ll call you today.', SATURDAY, null)).toEqual([]);
		const christmas = 32 * 24;
		expect(await listFlagged('We’ll call you today.', christmas)).toEqual([2]);
	});
});
