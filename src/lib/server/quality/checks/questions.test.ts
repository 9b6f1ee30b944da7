import { describe, expect, it } from 'vitest';
import {
	createCheckedChat,
	findFlaggedMessages,
	createLeadValues,
} from '../../../../../tests/factories/checked-chat.ts';
import type { CheckedChat } from './chat.ts';

type Sample = [lines: string[], more?: Partial<CheckedChat>];

/** Checks samples in which a rule flags exactly the last message, or the one with the given id. */
const testFlagged = (
	rule: Parameters<typeof findFlaggedMessages>[0],
	samples: Sample[],
	id?: number,
) =>
	it.each(samples)('%j', async (lines, more) => {
		expect(await findFlaggedMessages(rule, createCheckedChat(lines, more))).toEqual([
			id ?? lines.length,
		]);
	});
const testNotFlagged = (rule: Parameters<typeof findFlaggedMessages>[0], samples: Sample[]) =>
	it.each(samples)('%j', async (lines, more) => {
		expect(await findFlaggedMessages(rule, createCheckedChat(lines, more))).toEqual([]);
	});

describe('asking for a known value is flagged', () => {
	testFlagged('asked_known', [
		[['> Hi, maya@example.org here', '< Thanks! What is your email address?']],
		[['> maya@example.org', '< Could I have the best email to send the quote to?']],
		[['> maya@example.org', '< Great. And your email, please?']],
		[['> Meine Mail ist maya@example.de', '< Danke. Wie lautet Ihre E-Mail-Adresse?']],
		[['> mi correo es maya@example.es', '< Gracias. ¿Cuál es su correo electrónico?']],
		[['> mon adresse : maya@example.fr', '< Merci. Quelle est votre adresse e-mail ?']],
		[['> maya@example.com.br', '< Obrigado! Qual é o seu e-mail?']],
		[['> بريدي maya@example.org', '< شكرا. ما هو بريدك الإلكتروني؟']],
		[['> call me on +49 170 1234567', '< Sure. Which phone number can we reach you at?']],
		[['> 0170 1234567', '< Gerne. Unter welcher Telefonnummer erreichen wir Sie?']],
		[['> maya@example.de', '< Das ist richtig. Darf ich noch Ihre E-Mail-Adresse haben?']],
		[
			['> We have 20,000 euros', '< How much would you like to spend? {budget}'],
			{ lead: createLeadValues({ budget: ['20000', 1] }) },
		],
		[
			["> I'm Maya", '< Nice. And who am I speaking to? {name}'],
			{ lead: createLeadValues({ name: ['Maya', 1] }) },
		],
		[
			['> Hello', '< What email can we use? {email}'],
			{ lead: createLeadValues({ email: ['maya@example.org', 0] }, 'identify') },
		],
	]);
});

it.each([
	'Could you share your email?',
	'What’s your e-mail?',
	'Can I get an email address to send this to?',
	'Please enter your email address?',
	'May I know your email id?',
	'Would you mind giving me your email?',
	'Wie ist Ihre Mailadresse?',
	'Können Sie mir Ihre E-Mail-Adresse geben?',
	'¿Me podría facilitar su correo electrónico?',
	'¿Me deja su email?',
	'¿Cuál sería su correo?',
	'Pouvez-vous me donner votre adresse mail ?',
	'Puis-je avoir votre e-mail ?',
	'Você pode me passar seu e-mail?',
	'Qual o seu e-mail?',
	'ممكن بريدك الإلكتروني؟',
	'هل يمكنك تزويدي ببريدك الإلكتروني؟',
])('%j asks for the email', async (question) => {
	const chat = createCheckedChat(['> maya@example.org', `< ${question}`]);
	expect(await findFlaggedMessages('asked_known', chat)).toEqual([2]);
});

describe('asking for a value is not flagged', () => {
	testNotFlagged('asked_known', [
		[['< What is your email address?', '> maya@example.org', '< Thanks, noted.']],
		[['> maya@example.org', '< May we email you the brochure?']],
		[['> maya@example.org', '< What else should the team know before they email you?']],
		[['> maya@example.org', '< Is maya@example.org the right email?']],
		[['> maya@example.org', '< It bounced. Do you have another email address?']],
		[['> maya@example.org', '< Danke. Haben Sie noch eine andere E-Mail-Adresse?']],
		[['> maya@example.org', '< Thanks! Which phone number can we reach you at?']],
		[['> maya at example dot org', '< Could you give me your full email address?']],
		[['> 0170 1234567', '< Danke. Wie lautet Ihre E-Mail-Adresse?']],
		[['> maya@example.org', '< ¿Prefiere que le contactemos por correo?']],
		[
			['> Hello', '< Your budget? {budget}', '> 20000', '< Thanks'],
			{ lead: createLeadValues({ budget: ['20000', 3] }) },
		],
		[
			['> Hello', '< Who am I speaking to? {name}'],
			{ lead: createLeadValues({ name: ['Maya', 1] }, 'agent') },
		],
	]);

	it('when the AI could not know it yet', async () => {
		const chat = createCheckedChat(['> Hello', '> maya@example.org', '< What is your email?']);
		const messages = chat.messages.map((message) =>
			message.id === 3 ? { ...message, answers_through: 1 } : message,
		);
		expect(await findFlaggedMessages('asked_known', { ...chat, messages })).toEqual([]);
	});
});

describe('a value that the lead lacks is flagged', () => {
	testFlagged(
		'value_missing',
		[
			[['< Hello', '> I am at maya@example.org']],
			[
				['< Hello', '> maya@example.org'],
				{ lead: createLeadValues({ email: ['m@example.org', 2] }) },
			],
			[
				['< Hello', '> rufen Sie mich an: 0170 1234567'],
				{ lead: createLeadValues({ name: ['Maya', 2] }) },
			],
			[['< What is your budget? {budget}', '> about 20,000']],
			[['< Which one? {kind}', '> new roof']],
			[['< Who am I speaking to? {name}', '> Maya Hartmann']],
			[['< Worum geht es? {project}', '> Das Dach ist undicht']],
			[['< ¿De qué se trata? {project}', '> Tengo goteras en el tejado']],
			[['< De quoi avez-vous besoin ? {project}', '> Refaire ma toiture']],
			[['< Do que você precisa? {project}', '> Reformar o telhado']],
			[['< ما الذي تحتاجه؟ {project}', '> إصلاح السقف']],
			[['< And your phone? {phone}', '> 555 0143']],
			[
				['< What is your name? {name}', '> Maya, maya@example.org'],
				{ lead: createLeadValues({ email: ['maya@example.org', 2] }) },
			],
			[
				['< What is your budget? {budget}', '> 20,000, call me at 0170 1234567'],
				{ lead: createLeadValues({ phone: ['+491701234567', 2] }) },
			],
		],
		2,
	);
});

describe('a value is not missed', () => {
	testNotFlagged('value_missing', [
		[['> maya@example.org'], { lead: createLeadValues({ email: ['maya@example.org', 1] }) }],
		[['> Maya@Example.org'], { lead: createLeadValues({ email: ['maya@example.org', 1] }) }],
		[['> 0170 1234567'], { lead: createLeadValues({ phone: ['+491701234567', 1] }) }],
		...[
			'maya@example.org',
			'My email is maya@example.org',
			'You can reach me at maya@example.org, thanks',
			'0170 1234567',
		].map((text): Sample => {
			const lead = createLeadValues({
				email: ['maya@example.org', 2],
				phone: ['+491701234567', 2],
			});
			return [['< What is your name? {name}', `> ${text}`], { lead }];
		}),
		[
			['< What is your budget? {budget}', '> 0170 1234567'],
			{ lead: createLeadValues({ phone: ['+491701234567', 2] }) },
		],
		[
			['< What is your name? {name}', '> New roof'],
			{ lead: createLeadValues({ kind: ['New roof', 2] }) },
		],
		[['> I wrote to info@example.com and got no answer']],
		[['> maya@example.org'], { lead: createLeadValues({ email: ['m@example.org', 1] }, 'agent') }],
		[['< What is your budget? {budget}', '> no idea']],
		[['< What is your budget? {budget}', '> why do you need that?']],
		[['< What is it about? {project}', "> I'd rather not say"]],
		[['< What is it about? {project}', '> hello']],
		[['< Worum geht es? {project}', '> Moment, ich muss nachsehen']],
		[['< ¿De qué se trata? {project}', '> prefiero no decirlo']],
		[['< Which one? {kind}', '> something else']],
		[['< Do you like tiles? {tiles}', '> yes, red ones']],
		[
			[
				'< What is your name? {name}',
				'> the roof is leaking and I need somebody to look at it today',
			],
		],
	]);

	it('that is an additional contact', async () => {
		const lead = createLeadValues({ email: ['m@example.org', 1] });
		const contacts = [{ type: 'email' as const, value: 'maya@example.org', at: '' }];
		const chat = createCheckedChat(['> maya@example.org'], { lead: { ...lead, contacts } });
		expect(await findFlaggedMessages('value_missing', chat)).toEqual([]);
	});
});

describe('the same question twice is flagged', () => {
	testFlagged('repeated_question', [
		[['< How big is your roof?', '> 120 square meters', '< How big is your roof?']],
		[['< How big is your roof?', '> 120', '< Thanks, noted. How big is your roof?']],
		[['< Wie groß ist Ihr Dach?', '> 120 qm', '< Danke. Wie groß ist Ihr Dach?']],
		[['< ¿Cuándo quiere empezar la obra?', '> en mayo', '< ¿Cuándo quiere empezar la obra?']],
		[['< Quelle est la surface du toit ?', '> 120 m2', '< Quelle est la surface du toit ?']],
		[['< Qual é o tamanho do telhado?', '> 120 m2', '< Certo. Qual é o tamanho do telhado?']],
		[['< ما هي مساحة السقف لديك؟', '> 120 متر', '< ما هي مساحة السقف لديك؟']],
		[
			[
				'< Which email address can the team reach you at?',
				'> maya@example.org',
				'< Which email address can the team reach you at?',
			],
		],
		[
			[
				'< What is your phone number?',
				"> I'd rather not give it",
				'< I see. What is your phone number?',
			],
		],
		[
			[
				'< Is it a new roof? {kind}',
				'> New roof',
				'< Got it.',
				'> and soon',
				'< Is it a new roof? {kind}',
			],
		],
	]);
});

describe('a repeated question is not flagged', () => {
	testNotFlagged('repeated_question', [
		[['< How big is your roof?', '> How much is it?', '< It depends. How big is your roof?']],
		[['< What is your email address?', '> maya at example', '< What is your email address?']],
		[['< Which phone number can we call?', '> 0170', '< Which phone number can we call?']],
		[['< How big is your roof?', '> hello', '< How big is your roof?']],
		[['< And what is your name? {name}', '> me@example.org', '< And what is your name? {name}']],
		[['< How big is your roof?', '> one moment', '< How big is your roof?']],
		[['< How big is your roof?', '> 120', '! Sorry.', '> 120', '< How big is your roof?']],
		[['< How big is your roof?', '< How big is your roof?']],
		[['< Anything else I can do?', '> a price', '< Done. Anything else I can do?']],
		[['< Kann ich sonst noch etwas tun?', '> ja', '< Gut. Kann ich sonst noch etwas tun?']],
		[['< How big is your roof?', '> 120', '< And how big is your garage?']],
		[['< And you?', '> fine', '< And you?']],
		[['< Repair or new? {kind}', '> both perhaps', '< Would it be repair or new? {kind}']],
	]);
});
