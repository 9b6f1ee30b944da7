import { describe, expect, it } from 'vitest';
import { MAX_TEXT_LENGTH, toReadableText } from './chat.ts';
import {
	createCheckedChat,
	findFlaggedMessages,
	MONDAY,
} from '../../../../../tests/factories/checked-chat.ts';

/** Visitor messages that the rules flag, and similar ones that they don't. */
const REPEAT_COMPLAINTS = [
	'I’ve told you already',
	'Already answered that',
	'I gave you my number above',
	'i literally just said that',
	'Hab ich doch gerade geschrieben',
	'Das steht schon oben',
	'Meine Nummer haben Sie doch schon',
	'ya se lo he dicho',
	'se lo acabo de decir',
	'Je viens de vous le dire',
	'Vous l’avez déjà',
	'j’ai déjà répondu',
	'acabei de falar',
	'já passei meu e-mail',
	'لقد أخبرتك بالفعل',
	'ذكرت ذلك سابقا',
	'I already told you that',
	"I've already given you my email address",
	'As I said, a new roof',
	'you already asked that',
	'how often do I have to say it',
	'Das habe ich Ihnen doch schon gesagt',
	'Wie gesagt, ein neues Dach',
	'Siehe oben',
	'Ya te lo dije',
	'Como ya le dije, el tejado',
	'Je vous l’ai déjà dit',
	'Comme indiqué, la toiture',
	'Eu já falei isso',
	'Como eu disse, o telhado',
	'لقد قلت لك من قبل',
	'سبق وأن ذكرت ذلك',
];
const NOT_REPEAT_COMPLAINTS = [
	'I already told my wife about it',
	"We've already sent an email to another company",
	'I just moved here',
	'My neighbor said you are good',
	'Ich habe schon ein Angebot',
	'Wir haben gerade gebaut',
	'Ya tengo un presupuesto',
	'J’ai déjà un devis',
	'Já tenho um orçamento',
	'لدي عرض سعر بالفعل',
	'You asked for my size: 120 square meters',
	'I am here already',
];

const COMPLAINTS = [
	'You are not listening!',
	'That is not an answer',
	'No, that’s not right',
	'Are you even reading what I write?',
	'this bot is terrible',
	'terrible service',
	'This chat is useless',
	'Das ist doch Quatsch',
	'Sie hören mir nicht zu',
	'Können Sie nicht lesen?',
	'so ein Blödsinn',
	'eso no es verdad',
	'qué inútil',
	'no me está escuchando',
	'esto es una pérdida de tiempo',
	'vous ne comprenez rien',
	'ça ne m’aide pas',
	'c’est faux',
	'isso está errado',
	'que perda de tempo',
	'você não está me entendendo',
	'هذا كلام فارغ',
	'أنت لا تساعدني',
	'you keep asking the same thing',
	'why do you ask that again',
	'I am getting annoyed',
	'das nervt',
	'c’est énervant',
	'Sie wiederholen sich',
	'se está repitiendo',
	'vous répétez la même chose',
	'isto não faz sentido',
	'esto no tiene sentido',
	'das ergibt keinen Sinn',
	'this makes no sense',

	'nein das ist falsch',
	'no, eso está mal',
	'This is useless',
	"you don't understand me",
	"That's not what I asked",
	'that is wrong',
	"You're not answering my question",
	'stupid bot',
	'what a joke',
	'Das ist doch lächerlich',
	'Sie verstehen mich nicht',
	'Das stimmt so nicht',
	'Danach habe ich nicht gefragt',
	'Esto no sirve para nada',
	'No me entiende',
	'Eso no es lo que pregunté',
	'C’est n’importe quoi',
	'Vous ne répondez pas à ma question',
	'Isso não ajuda',
	'Você não entende',
	'أنت لا تفهم سؤالي',
	'هذا غير مفيد',
];
const NOT_COMPLAINTS = [
	'The current provider is useless',
	'is this right for us?',
	'that was not possible before',
	'das ist leider nicht möglich',
	'es no urgente',
	'My wife does not understand why',
	'not what we need right now, maybe later',
	'it is not true slate, it is an imitation',
	'was ist falsch an meinem Dach?',
	'no sé',
	'je ne sais pas',
	'não sei',
	'I forget it every time',
	'wait, forget it I found it',
	'Their service was terrible',
	'I had a bad experience with another company',
	'It keeps dripping',
	"I'm frustrated with my current provider",
	'That makes sense',
	'Does it make sense to repair it?',
	'My roof is terrible, it leaks',
	"I don't understand roofs, could you explain?",
	'The old heating is useless now',
	'I was not happy with my last roofer',
	'Is that right?',
	'Das Dach ist undicht, das stört uns',
	'Ich verstehe nicht viel davon',
	'Ist das falsch montiert?',
	'No sé si sirve una reparación',
	'Je ne comprends pas bien les prix, pouvez-vous expliquer ?',
	'Não entendo de telhados',
	'لا أفهم كثيرا في الأسقف',
	'That is not a problem for us',
	'it is wrong side up, the tile',
];

const PERSON_REQUESTS = [
	'Can I talk to a human?',
	'I want to speak with someone',
	'human please',
	'agent',
	'Ich möchte mit einem Mitarbeiter sprechen',
	'Kann ich mit einem echten Menschen reden?',
	'Quiero hablar con una persona',
	'Páseme con un asesor',
	'Je voudrais parler à un conseiller',
	'Puis-je parler avec quelqu’un ?',
	'Quero falar com um atendente',
	'أريد التحدث مع شخص',
	'أريد أن أتحدث مع موظف',
];
const NOT_PERSON_REQUESTS = [
	'Are you a real person?',
	"I don't want to talk to a human",
	'There are five people in my house',
	'The person before you was nice',
	'Ich spreche mit meinem Mann darüber',
	'Somos una familia de cinco personas',
	'Nous sommes cinq personnes',
	'São cinco pessoas na casa',
	'نحن خمسة أشخاص',
	'My insurance agent sent me',
	'I talked to my neighbor',
];

describe('a visitor who says that they have answered', () => {
	it.each(REPEAT_COMPLAINTS)('is flagged: %j', async (text) => {
		const chat = createCheckedChat(['< How big is it?', '> Hello', '< And?', `> ${text}`]);
		expect(await findFlaggedMessages('visitor_repeats', chat)).toEqual([4]);
	});
	it.each(NOT_REPEAT_COMPLAINTS)('is not flagged in %j', async (text) => {
		expect(await findFlaggedMessages('visitor_repeats', createCheckedChat([`> ${text}`]))).toEqual(
			[],
		);
	});
	it('is flagged when they repeat themselves, but not for a double click or a courtesy', async () => {
		const again = ['> How much is a roof?', '< It depends.', '> how much is a roof'];
		expect(await findFlaggedMessages('visitor_repeats', createCheckedChat(again))).toEqual([3]);
		for (const lines of [
			['> How much is a roof?', '> How much is a roof?', '< It depends.'],
			['> thank you very much', '< Welcome.', '> thank you very much'],
			['> yes', '< Good.', '> yes'],
			["> I don't know yet", '< Fine. And when?', "> I don't know yet"],
			['> a new roof please now', '< Which one?', '> New roof', '< And here?', '> New roof'],
		]) {
			expect(await findFlaggedMessages('visitor_repeats', createCheckedChat(lines))).toEqual([]);
		}
	});
});

describe('a complaint', () => {
	it.each(COMPLAINTS)('is flagged: %j', async (text) => {
		expect(
			await findFlaggedMessages('visitor_complains', createCheckedChat(['< Hi', `> ${text}`])),
		).toEqual([2]);
	});
	it.each(NOT_COMPLAINTS)('is not flagged in %j', async (text) => {
		expect(
			await findFlaggedMessages('visitor_complains', createCheckedChat(['< Hi', `> ${text}`])),
		).toEqual([]);
	});
	it('is flagged at most three times', async () => {
		const chat = createCheckedChat(Array.from({ length: 9 }, () => '> This is useless'));
		expect(await findFlaggedMessages('visitor_complains', chat)).toEqual([1, 2, 3]);
	});
});

describe('a visitor who asks for a person', () => {
	it.each(PERSON_REQUESTS)('is flagged: %j', async (text) => {
		const chat = createCheckedChat(['< Hi', `> ${text}`, '< What is your name?']);
		expect(await findFlaggedMessages('person_wanted', chat)).toEqual([2]);
	});
	it.each(NOT_PERSON_REQUESTS)('is not flagged in %j', async (text) => {
		expect(
			await findFlaggedMessages('person_wanted', createCheckedChat(['< Hi', `> ${text}`])),
		).toEqual([]);
	});
	it('is not flagged when someone was called or wrote', async () => {
		const lines = ['> agent please', '< One moment.'];
		const later = new Date(MONDAY.getTime() + 1000);
		const earlier = new Date(MONDAY.getTime() - 1000);
		const listFlagged = (chat: Parameters<typeof findFlaggedMessages>[1]) =>
			findFlaggedMessages('person_wanted', chat);
		expect(await listFlagged(createCheckedChat(lines, { handoffs: [later] }))).toEqual([]);
		expect(await listFlagged(createCheckedChat([...lines, '@ This is Anna.']))).toEqual([]);
		expect(await listFlagged(createCheckedChat(lines, { handoffs: [earlier] }))).toEqual([1]);
	});
});

describe('a long text', () => {
	it('is cut when its decomposed form grows', () => {
		const grown = toReadableText('ﷺ'.repeat(4_000));
		expect(grown.normalize('NFKD').length).toBeLessThanOrEqual(2 * MAX_TEXT_LENGTH);
		expect(toReadableText('Grüße, ﬁne… '.repeat(400))).toBe(
			'Grüße, ﬁne… '.repeat(400).slice(0, MAX_TEXT_LENGTH),
		);
	});
	it('of punctuation around a word counts as empty only if the word is a placeholder', async () => {
		const listFlagged = (text: string) =>
			findFlaggedMessages('answer_empty', createCheckedChat(['> Hello', `< ${text}`]));
		expect(await listFlagged(`${'.'.repeat(3_900)}yes ${'!'.repeat(50)}`)).toEqual([]);
		expect(await listFlagged(`"null"${'.'.repeat(3_900)}`)).toEqual([2]);
		expect(await listFlagged(`Hi${' '.repeat(3_900)}{{ $json.output }}`)).toEqual([2]);
	});
	it('of hundreds of questions is compared up to a limit', async () => {
		const questions = Array.from({ length: 60 }, (_, n) => `Would you say it is ${n}?`).join(' ');
		const lines = Array.from({ length: 40 }, () => ['> I want it now', `< ${questions}`]).flat();
		expect(await findFlaggedMessages('repeated_question', createCheckedChat(lines))).toHaveLength(
			3,
		);
	});
});
