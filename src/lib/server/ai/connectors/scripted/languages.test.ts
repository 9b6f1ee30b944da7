import { describe, expect, it } from 'vitest';
import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { DEFAULT_QUESTIONS, SITE_DEFAULTS } from '#lib/server/sites/site-defaults.ts';
import { createQuestion, ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';
import { LANGUAGES } from './languages/languages.ts';

const { play } = ScriptedChat;

/** A visitor's messages in each language, and the script's last answer. */
const CONVERSATIONS: Record<WidgetLanguage, { lines: string[]; closing: string; bye: string }> = {
	en: {
		lines: [
			'Hello',
			'A new roof',
			'as soon as possible',
			'My name is Maya Hartmann',
			'Are you a bot?',
			'maya@hartmann.example',
			'no thanks',
			'Thank you',
		],
		closing:
			'Thank you, Maya. I’ve noted your request (“A new roof”) and that the team can reach you at maya@hartmann.example. Someone from our team will get back to you within 24 hours.',
		bye: 'Happy to help, Maya. Talk soon.',
	},
	de: {
		lines: [
			'Guten Tag',
			'Ein neues Dach',
			'So bald wie möglich',
			'Ich heiße Maya Hartmann',
			'Sind Sie ein Roboter?',
			'maya@hartmann.example',
			'nein danke',
			'Vielen Dank',
		],
		closing:
			'Vielen Dank, Maya Hartmann. Ich habe Ihr Anliegen („Ein neues Dach“) notiert; das Team kann Sie unter maya@hartmann.example erreichen. Jemand aus unserem Team meldet sich innerhalb von 24 Stunden bei Ihnen.',
		bye: 'Sehr gern, Maya Hartmann. Bis bald!',
	},
	es: {
		lines: [
			'Buenas tardes',
			'Un techo nuevo',
			'lo antes posible',
			'Me llamo Maya Hartmann',
			'¿Es usted un robot?',
			'maya@hartmann.example',
			'no, gracias',
			'Muchas gracias',
		],
		closing:
			'Muchas gracias, Maya. He anotado su solicitud («Un techo nuevo») y su contacto (maya@hartmann.example). Alguien de nuestro equipo se pondrá en contacto con usted en un plazo de 24 horas.',
		bye: 'Ha sido un placer, Maya. Hasta pronto.',
	},
	fr: {
		lines: [
			'Bonjour',
			'Une nouvelle toiture',
			'dès que possible',
			'Je m’appelle Maya Hartmann',
			'Êtes-vous un robot ?',
			'maya@hartmann.example',
			'non merci',
			'Merci beaucoup',
		],
		closing:
			'Merci, Maya. J’ai noté votre demande (« Une nouvelle toiture ») et vos coordonnées (maya@hartmann.example). Une personne de notre équipe vous recontactera sous 24 heures.',
		bye: 'C’est bien normal, Maya. À bientôt.',
	},
	pt: {
		lines: [
			'Bom dia',
			'Um telhado novo',
			'o mais rápido possível',
			'Meu nome é Maya Hartmann',
			'Você é um robô?',
			'maya@hartmann.example',
			'não, obrigada',
			'Muito obrigada',
		],
		closing:
			'Muito obrigado, Maya. Anotei a sua solicitação (“Um telhado novo”) e o seu contato (maya@hartmann.example). Alguém da nossa equipe entrará em contato com você em até 24 horas.',
		bye: 'Foi um prazer ajudar, Maya. Até breve.',
	},
	ar: {
		lines: [
			'السلام عليكم',
			'سقف جديد لمنزلي',
			'في أقرب وقت ممكن',
			'اسمي مايا حداد',
			'هل أنت روبوت؟',
			'maya@hartmann.example',
			'لا شكرا',
			'شكرا جزيلا',
		],
		closing:
			'شكرًا لك، مايا. تم تدوين طلبك («سقف جديد لمنزلي»)، ويمكن للفريق التواصل معك عبر \u2066maya@hartmann.example\u2069. سيتواصل معك أحد أعضاء فريقنا خلال 24 ساعة.',
		bye: 'يسعدنا خدمتك، مايا. إلى اللقاء.',
	},
};
const entries = Object.entries(CONVERSATIONS) as [WidgetLanguage, (typeof CONVERSATIONS)['en']][];
const others = entries.filter(([language]) => language !== 'en');
const listAnswers = ({ history }: ScriptedChat) =>
	history.filter(({ sender }) => sender === 'ai').map(({ message }) => message);

describe('a whole conversation in each language', () => {
	it.each(entries)('%s: asks, reacts, closes and says goodbye', async (language, expected) => {
		const { phrases, siteDefaults } = LANGUAGES[language];
		const own = (text: string) => siteDefaults[text] ?? text;
		const chat = await play([], {}, { language });
		expect(chat.last.text).toContain(own('What would you like help with?'));
		const replies = [];
		for (const line of expected.lines) replies.push(await chat.say(line));
		const [hello, topic, time, name, who, email, skip, bye] = replies;
		expect(hello?.text).toBe(`${phrases.hello.first} ${phrases.prompts.topicAgain}`);
		expect(topic).toMatchObject({
			text: expect.stringContaining(own('When would you like to start?')) as string,
			quick_replies: DEFAULT_QUESTIONS[1]?.options.map(own),
		});
		expect(time?.lead).toEqual({ timeline: 'As soon as possible' });
		expect(name?.text).toContain(own('Which email address can the team reach you at?'));
		expect(who?.text).toBe(`${phrases.who} ${phrases.prompts.email[1]}`);
		expect(email?.quick_replies).toEqual([phrases.quickReplies.skip]);
		expect(skip).toMatchObject({ text: expected.closing, completed: true });
		expect(bye?.text).toBe(expected.bye);
		expect(chat.completions).toBe(1);
		expect(chat.lead).toEqual({
			project: expected.lines[1],
			timeline: 'As soon as possible',
			name: language === 'ar' ? 'مايا حداد' : 'Maya Hartmann',
			email: 'maya@hartmann.example',
		});
	});

	it('Arabic has no Latin letters but those of the visitor and the site', async () => {
		const { lines } = CONVERSATIONS.ar;
		const questions = [
			...DEFAULT_QUESTIONS,
			createQuestion({ key: 'size', label: 'المساحة', type: 'number' }),
			createQuestion({ key: 'company', label: 'الشركة' }),
			createQuestion({ key: 'notes', label: 'ملاحظات' }),
		];
		const chats = [
			await play(
				[...lines.slice(0, 7), '؟', 'كثير', '؟', '؟', '؟', '؟', 'لا', 'شكرا', 'مرحبا'],
				{ questions },
				{ language: 'ar' },
			),
			await play(
				Array.from({ length: 20 }, () => '؟؟'),
				{ questions },
				{ language: 'ar' },
			),
			await play(
				Array.from({ length: 9 }, () => 'لماذا؟'),
				{ questions },
				{ language: 'ar' },
			),
			await play(['أريد التحدث مع شخص'], {}, { language: 'ar' }),
			await play(['أريد التحدث مع شخص'], {}, { language: 'ar', handoff_missed: true }),
		];
		const answers = chats.flatMap(listAnswers).join('\n').replaceAll('maya@hartmann.example', '');
		expect(answers.match(/\p{Script=Latin}+/gu)).toBeNull();
	});

	it.each(others)('%s: every default text of a site is translated', (language) => {
		const texts = DEFAULT_QUESTIONS.flatMap(({ label, prompt, options }) => [
			label,
			prompt ?? label,
			...options,
		]);
		expect(Object.keys(LANGUAGES[language].siteDefaults).toSorted()).toEqual(
			[...new Set([...texts, ...SITE_DEFAULTS.completion_phrases])].toSorted(),
		);
	});
});

describe('what the site wrote', () => {
	it('stays as it is, and an option is stored as the site’s own', async () => {
		const questions = [
			createQuestion({
				key: 'roof',
				label: 'Which roof?',
				prompt: 'Which roof is it?',
				type: 'choice',
				options: ['Flat', 'Later'],
			}),
		];
		const chat = await play([], { questions }, { language: 'de' });
		expect(chat.last.text).toMatch(/Which roof is it\?$/);
		expect(chat.last.quick_replies).toEqual(['Flat', 'Later']);
		await chat.say('Flat');
		expect(chat.lead).toEqual({ roof: 'Flat' });
	});

	it.each([
		[
			'de',
			'innerhalb eines Werktags',
			'Jemand aus unserem Team meldet sich innerhalb eines Werktags bei Ihnen.',
		],
		[
			'de',
			'within one business day',
			'Jemand aus unserem Team meldet sich so bald wie möglich bei Ihnen.',
		],
		[
			'de',
			'wir freuen uns auf Sie',
			'Jemand aus unserem Team meldet sich bei Ihnen. Wir freuen uns auf Sie.',
		],
	] as const)('%s: the completion phrase %j', async (language, completion_phrase, end) => {
		const chat = await play(['a@b.example'], { questions: [], completion_phrase }, { language });
		expect(chat.last.text.endsWith(end)).toBe(true);
		await chat.say('hallo');
		expect(chat.last.text).toBe(LANGUAGES.de.phrases.afterClosing.hello);
		expect(chat.completions).toBe(1);
	});
});

describe('the visitor’s own language', () => {
	it('wins once whole sentences tell it; earlier questions are recognized', async () => {
		const chat = await play(['Dach']);
		expect(chat.last.text).toMatch(/When would you like to start\?$/);
		await chat.say('Ich möchte in den nächsten 3 Monaten ein neues Dach für mein Haus');
		expect(chat.lead.timeline).toBe('In the next 3 months');
		expect(chat.last.text).toMatch(/Wie ist Ihr Name\?$/);
		await chat.say('Maya');
		await chat.say('maya@hartmann.example');
		await chat.say('nein');
		expect(chat.completions).toBe(1);
		expect(chat.last.text).toMatch(/innerhalb von 24 Stunden bei Ihnen\.$/);
		await chat.say('I forgot: you can call me on +49 170 1234567, and I have a dog');
		expect(chat.last.text).toBe('Thank you, I’ve noted your phone number as +491701234567.');
	});

	it.each(['مايا', 'Müller', 'ok', 'Ja', 'roof', 'Das Haus'])(
		'%j does not tell it',
		async (line) => {
			const chat = await play([line]);
			expect(chat.last.text).toMatch(/[a-z]\?$/);
			expect(chat.last.text).not.toMatch(/Sie|\p{Script=Arab}/u);
		},
	);
});
