import { describe, expect, it } from 'vitest';
import {
	createCheckedChat,
	findFlaggedMessages,
	createLeadValues,
} from '../../../../../tests/factories/checked-chat.ts';
import type { CheckedChat } from './chat.ts';

/** Returns the ids of the messages that a rule flags in a chat with one answer. */
const flaggedIn = (rule: Parameters<typeof findFlaggedMessages>[0], text: string, more = {}) =>
	findFlaggedMessages(rule, createCheckedChat(['> Hello', `< ${text}`], more));

describe('an answer in another language', () => {
	it.each([
		['I need a new roof for my house', 'Gerne, wie groß ist das Dach ungefähr und wann passt es?'],
		[
			'Ich brauche ein Angebot für ein neues Dach',
			'Sure, how big is your roof and when should we start?',
		],
		[
			'Necesito un presupuesto para mi cocina',
			'Of course, what is your budget and when do you want to start?',
		],
		[
			'Quiero reformar la cocina de mi casa',
			'Claro, qual é o tamanho da sua cozinha e quando quer começar?',
		],
		[
			'Je voudrais un devis pour ma toiture',
			'Sure, how big is your roof and when should we start?',
		],
		[
			'Preciso de um orçamento para minha cozinha',
			'¿De qué tamaño es la cocina y cuándo quiere empezar?',
		],
		[
			'Gostaria de trocar o telhado da casa',
			'Thank you, which email address can we use for the quote?',
		],
		[
			'أحتاج إلى عرض سعر لمطبخ جديد في منزلي',
			'Thank you, which email address can we use for the quote?',
		],
		['I am looking for a dentist for my kids', 'مرحبا، ما هو رقم هاتفك حتى نتمكن من التواصل معك؟'],
		[
			'Vorrei un preventivo per il tetto della casa',
			'Sure, how big is your roof and when should we start?',
		],
		[
			'Bonjour, je cherche un dentiste pour mes enfants',
			'Gerne, für wann wünschen Sie einen Termin bei uns?',
		],
	])('is flagged: %j, %j', async (visitor, ai) => {
		const chat = createCheckedChat(['< Hello', `> ${visitor}`, `< ${ai}`]);
		expect(await findFlaggedMessages('wrong_language', chat)).toEqual([3]);
	});

	it.each([
		['I need a new roof for my house', 'Sure, how big is your roof and when should we start?'],
		[
			'Ich brauche ein neues Dach für mein Haus',
			'Gerne, wie groß ist das Dach und wann passt es Ihnen?',
		],
		[
			'Necesito un presupuesto para mi cocina',
			'Claro, ¿de qué tamaño es la cocina y cuándo quiere empezar?',
		],
		[
			'Je voudrais un devis pour ma toiture',
			'Bien sûr, quelle est la surface de votre toiture environ ?',
		],
		[
			'Preciso de um orçamento para minha cozinha',
			'Claro, qual é o tamanho da sua cozinha e quando quer começar?',
		],
		[
			'أحتاج إلى عرض سعر لمطبخ جديد في منزلي',
			'بالتأكيد، ما هي مساحة المطبخ ومتى تريد أن نبدأ العمل؟',
		],
		['ok', 'Gerne, wie groß ist das Dach ungefähr und wann passt es?'],
		['Maya Hartmann, Schillerstraße 5', 'Thank you, which email address can we use for the quote?'],
		[
			'Sorry, my German is bad, do you speak English?',
			'Natürlich, wie groß ist das Dach und wann passt es?',
		],
		['I need a new roof for my house', 'Danke!'],
		['maya.hartmann@example.org +49 170 1234567', 'Thank you, which email address can we use?'],
		['I need a new roof for my house', 'https://example.com/angebote/neues-dach-fuer-ihr-haus'],
	])('is not flagged: %j, %j', async (visitor, ai) => {
		const chat = createCheckedChat([`> ${visitor}`, `< ${ai}`]);
		expect(await findFlaggedMessages('wrong_language', chat)).toEqual([]);
	});

	it('is compared with the visitor’s latest words, not their first', async () => {
		const chat = createCheckedChat([
			'> Hello, I need a new roof for my house',
			'> Eigentlich geht es um das Dach meiner Mutter in Berlin',
			'< Gerne, wie groß ist das Dach ungefähr und wann passt es Ihnen?',
		]);
		expect(await findFlaggedMessages('wrong_language', chat)).toEqual([]);
	});
});

describe('an answer’s length', () => {
	const sentence = 'We build and repair roofs of every kind in the whole region. ';
	it('is flagged above 1,000 characters, or 400 in scripts whose words have one or two', async () => {
		const long = [
			sentence.repeat(20),
			'屋顶'.repeat(250),
			'屋根の'.repeat(170),
			`${'word '.repeat(220)}`,
			'- one thing\n'.repeat(100),
			'سقف '.repeat(300),
			'Dach '.repeat(250),
			'x'.repeat(1001),
			`${sentence.repeat(18)} https://example.com/`,
			'지붕을 '.repeat(250),
		];
		for (const text of long) expect(await flaggedIn('answer_too_long', text)).toEqual([2]);
	});
	it('is not flagged if it is shorter, not counting links, or written by someone else', async () => {
		const short = [
			sentence.repeat(10),
			'屋顶'.repeat(100),
			'word '.repeat(150),
			'- one thing\n'.repeat(40),
			`See https://example.com/${'a'.repeat(1200)}`,
			`[here](https://example.com/${'a'.repeat(1200)})`,
			'Yes.',
			'سقف '.repeat(200),
		];
		for (const text of short) expect(await flaggedIn('answer_too_long', text)).toEqual([]);
		for (const mark of ['>', '@', '!']) {
			const chat = createCheckedChat([`${mark} ${sentence.repeat(30)}`]);
			expect(await findFlaggedMessages('answer_too_long', chat)).toEqual([]);
		}
	});
});

describe('an answer without words', () => {
	it.each([
		'...',
		'null',
		'undefined',
		'[object Object]',
		'{}',
		'"No response"',
		'{{ $json.output }}',
		'Hello {{name}}, how are you?',
		'Hello ${visitor.name}, how are you?',
		'Best regards, [Your Name]',
		'$json.reply',
		'<output>Hello</output>',
		'N/A',
		'—',
	])('is flagged: %j', async (text) => {
		expect(await flaggedIn('answer_empty', text)).toEqual([2]);
	});
	it.each([
		'Yes.',
		'OK',
		'👍',
		'5 pm',
		'No.',
		'None of these is urgent.',
		'True, that helps.',
		'Error codes E12 and E14 are harmless.',
		'是',
		'We use {curly} braces',
		'That is ${20} or $20',
		'An object of 5 kg',
	])('is not flagged in %j', async (text) => {
		expect(await flaggedIn('answer_empty', text)).toEqual([]);
	});
});

describe('a link to another site', () => {
	it.each([
		'See https://roofs-r-us.test/prices',
		'Book at [our calendar](https://calendly.test/roofs).',
		'www.other.test has more',
		'See https://example.com.evil.test/',
		'See https://evilexample.com/',
		'https://example.org/',
		'[https://example.com](https://other.test/)',
		'Siehe https://andere-firma.test',
		'Voir http://192.0.2.4/prix',
		'Both https://example.com/ and https://other.test/ help.',
	])('is flagged: %j', async (text) => {
		expect(await flaggedIn('foreign_link', text)).toEqual([2]);
	});
	it.each([
		'See https://example.com/prices',
		'See https://www.example.com/prices',
		'See https://shop.example.com:8443/',
		'[prices](https://example.com/prices)',
		'Write to info@other.test',
		'Call tel:+491701234567',
		'We work with Example.org on that',
		'The file is roof.pdf',
		'HTTPS://EXAMPLE.COM/',
		'No link at all',
	])('is not flagged in %j', async (text) => {
		expect(await flaggedIn('foreign_link', text)).toEqual([]);
	});
	it('is not flagged if the visitor posted it, or if no host of the site is known', async () => {
		const lines = ['> like on https://other.test/roof', '< https://other.test/roof is slate.'];
		expect(await findFlaggedMessages('foreign_link', createCheckedChat(lines))).toEqual([]);
		const chat = createCheckedChat(['< https://other.test/'], { own_hosts: [] });
		expect(await findFlaggedMessages('foreign_link', chat)).toEqual([]);
	});
});

describe('a completion without contact', () => {
	const complete: Partial<CheckedChat> = {
		completion_status: 'complete',
		completion_source: 'live',
	};
	const lines = ['> A new roof', '< Someone will get back to you within 24 hours.'];
	const flagged = (more: Partial<CheckedChat>) =>
		findFlaggedMessages(
			'completed_without_contact',
			createCheckedChat(lines, { ...complete, ...more }),
		);
	it('is flagged, however it was detected', async () => {
		for (const completion_source of ['live', 'ingest', 'sweep', 'sync'] as const) {
			expect(await flagged({ completion_source })).toEqual([2]);
		}
		expect(await flagged({ lead: createLeadValues({ name: ['Maya', 1] }) })).toEqual([2]);
		const open: Partial<CheckedChat> = { completion_status: 'abandoned', completion_source: null };
		expect(await flagged({ ...open, is_completion_claimed: true })).toEqual([2]);
		expect(await flagged({ messages: [] })).toEqual([null]);
	});
	it('is not flagged with a contact, without a completion, or if the site asks for no contact', async () => {
		const { site } = createCheckedChat([]);
		const questions = site.questions.filter(({ type }) => type === 'number');
		const contact = { type: 'phone' as const, value: '+49301', at: '' };
		for (const more of [
			{ lead: createLeadValues({ email: ['maya@example.org', 1] }) },
			{ lead: createLeadValues({ phone: ['+49301234567', 1] }) },
			{ lead: { ...createLeadValues({}), contacts: [contact] } },
			{ completion_source: 'agent' as const },
			{ completion_source: 'api' as const },
			{ completion_status: 'abandoned' as const, completion_source: null },
			{ channel: 'messenger' as const },
			{ site: { ...site, questions } },
		]) {
			expect(await flagged(more)).toEqual([]);
		}
		expect(await flagged({ site: { ...site, questions, completion_needs: 'contact' } })).toEqual([
			2,
		]);
	});
});
