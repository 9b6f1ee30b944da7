import { describe, expect, it } from 'vitest';
import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { DEFAULT_QUESTIONS } from '#lib/server/sites/site-defaults.ts';
import { ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';

const { play } = ScriptedChat;
const FALLBACK = 'Sorry, I cannot answer right now.';

/** A chat that another AI has answered so far; `known` is what it reported. */
function otherAiChat(
	messages: ['visitor' | 'ai' | 'fallback' | 'agent', string][],
	{ known = {}, language = 'en' }: { known?: object; language?: WidgetLanguage } = {},
): ScriptedChat {
	const chat = new ScriptedChat({}, { language });
	for (const [sender, message] of messages) {
		chat.write(sender === 'fallback' ? 'ai' : sender, message);
		const stored = chat.history.at(-1);
		if (stored) stored.is_fallback = sender === 'fallback';
	}
	Object.assign(chat.lead, known);
	return chat;
}

describe('taking over from another AI', () => {
	it('known values are not asked for again, and no one is greeted twice', async () => {
		const chat = otherAiChat(
			[
				['ai', 'Hi there! How can I help?'],
				['visitor', 'I need a new roof'],
				['ai', 'Lovely. Who am I talking to?'],
				['visitor', 'Maya Hartmann'],
				['fallback', FALLBACK],
			],
			{ known: { name: 'Maya Hartmann', project: 'A new roof' } },
		);
		await chat.say('hello?');
		expect(chat.last.text).toMatch(/^Thanks for your patience\. .*When would you like to start\?$/);
		await chat.say('later');
		expect(chat.last.text).toBe('Thanks, noted. Which email address can the team reach you at?');
		await chat.say('maya@hartmann.example');
		await chat.say('skip');
		expect(chat.completions).toBe(1);
		expect(chat.history.map(({ message }) => message).join()).not.toMatch(
			/I’m the assistant|your name/,
		);
	});

	it('what the visitor told the other AI is recalled, although it reported nothing', async () => {
		const chat = otherAiChat([
			['ai', 'Hi there! How can I help?'],
			['visitor', 'Hello'],
			['ai', 'What can we do for you?'],
			['visitor', 'I need a new roof as soon as possible'],
			['ai', 'Sure! May I have your name?'],
			['visitor', 'Maya Hartmann'],
			['fallback', FALLBACK],
			['visitor', 'are you there?'],
			['fallback', 'I still cannot answer, sorry.'],
		]);
		await chat.say('hm');
		expect(chat.last.lead).toEqual({
			project: 'I need a new roof as soon as possible',
			timeline: 'As soon as possible',
			name: 'Maya Hartmann',
		});
		expect(chat.last.text).toBe(
			'Thanks for your patience. Which email address can the team reach you at?',
		);
	});

	it('messages that only got the fallback reply count', async () => {
		const chat = otherAiChat([
			['visitor', 'I need a new roof'],
			['fallback', FALLBACK],
			['visitor', 'my email is maya@hartmann.example'],
			['fallback', 'I still cannot answer, sorry.'],
		]);
		await chat.say('anyone?');
		expect(chat.lead).toEqual({ project: 'I need a new roof', email: 'maya@hartmann.example' });
		expect(chat.last.text).toMatch(/When would you like to start\?$/);
		expect(chat.last.text).not.toContain('I’m the assistant');
	});

	it('a detail after a failure is not thanked for twice', async () => {
		const chat = otherAiChat([['fallback', FALLBACK]]);
		await chat.say('my email is maya@hartmann.example');
		expect(chat.lead).toEqual({ email: 'maya@hartmann.example' });
		expect(chat.last.text).toBe('Thanks for your patience. What would you like help with?');
	});

	it('the newest message answers the other AI’s question', async () => {
		const chat = otherAiChat(
			[
				['ai', '¡Hola! ¿En qué puedo ayudarle?'],
				['visitor', 'Necesito un techo nuevo para mi casa'],
				['ai', 'Perfecto. ¿Me puede decir su nombre?'],
			],
			{ language: 'es' },
		);
		await chat.say('María García');
		expect(chat.lead).toEqual({
			project: 'Necesito un techo nuevo para mi casa',
			name: 'María García',
		});
		expect(chat.last.text).toBe('Mucho gusto, María. ¿Cuándo le gustaría empezar?');
	});

	it('a completion phrase in another AI’s question does not end the chat', async () => {
		const chat = otherAiChat([
			['ai', 'Hello! What can we do for you?'],
			['visitor', 'I need a new roof'],
			['ai', 'We usually answer within 24 hours, by the way. What is your e-mail?'],
		]);
		await chat.say('maya@hartmann.example');
		expect(chat.last.text).toMatch(/When would you like to start\?$/);
	});

	it('after a claimed completion only what is missing is asked', async () => {
		const chat = otherAiChat(
			[
				['ai', 'Hello! What can we do for you?'],
				['visitor', 'I need a new roof'],
				['ai', 'Thank you, we will answer within 24 hours.'],
			],
			{ known: { project: 'A new roof', timeline: 'Later', name: 'Maya' } },
		);
		chat.input.completion_claimed = true;
		await chat.say('great');
		expect(chat.last.text).toMatch(/Which email address can the team reach you at\?$/);
		await chat.say('maya@hartmann.example');
		await chat.say('no');
		expect(chat.last.completed).toBe(true);
		await chat.say('thanks');
		expect(chat.last).toEqual({ text: 'Happy to help, Maya. Talk soon.', lead: {} });
	});
});

describe('requests for a person', () => {
	it.each([
		['en', 'I want to talk to a human', 'Of course, I’m getting someone from our team for you.'],
		['en', 'agent please', 'Of course, I’m getting someone from our team for you.'],
		[
			'en',
			'Is this a bot? Can I speak with a real person?',
			'Of course, I’m getting someone from our team for you.',
		],
		['en', 'I need a person now', 'Of course, I’m getting someone from our team for you.'],
		['de', 'Mitarbeiter', 'Gern, ich hole jemanden aus unserem Team dazu.'],
		[
			'de',
			'Ich möchte mit einem Menschen sprechen',
			'Gern, ich hole jemanden aus unserem Team dazu.',
		],
		['de', 'Kann ich bitte mit jemandem reden?', 'Gern, ich hole jemanden aus unserem Team dazu.'],
		[
			'es',
			'hablar con una persona',
			'Por supuesto, aviso a alguien de nuestro equipo para que le atienda.',
		],
		[
			'es',
			'Quiero hablar con un asesor',
			'Por supuesto, aviso a alguien de nuestro equipo para que le atienda.',
		],
		[
			'fr',
			'parler à un conseiller',
			'Bien sûr, je vous mets en relation avec une personne de notre équipe.',
		],
		[
			'fr',
			'Je voudrais parler avec quelqu’un',
			'Bien sûr, je vous mets en relation avec une personne de notre équipe.',
		],
		['pt', 'falar com um atendente', 'Claro, vou chamar alguém da nossa equipe para atender você.'],
		[
			'pt',
			'Quero falar com uma pessoa de verdade',
			'Claro, vou chamar alguém da nossa equipe para atender você.',
		],
		['ar', 'أريد التحدث مع شخص', 'بالتأكيد، سأستدعي أحد أعضاء فريقنا للتحدث معك.'],
		['ar', 'هل يمكنني التحدث مع موظف؟', 'بالتأكيد، سأستدعي أحد أعضاء فريقنا للتحدث معك.'],
	] as const)('%s: %j requests a handoff', async (language, line, text) => {
		const chat = await play([line], {}, { language });
		expect(chat.last).toMatchObject({ text, handoff: { reason: line }, lead: {} });
	});

	it.each([
		['en', 'are you a real person?'],
		['en', 'I don’t want to talk to a person'],
		['en', 'A roof for two people'],
		['en', 'We need an agent for our house'],
		['en', 'I need someone to fix my roof'],
		['de', 'Sind Sie ein Mensch?'],
		['de', 'Software für 20 Mitarbeiter'],
		['es', 'Un techo para una persona'],
		['fr', 'Une formation pour un conseiller'],
		['pt', 'Um curso para atendente'],
		['ar', 'هل أنت إنسان؟'],
	] as const)('%s: %j requests no handoff', async (language, line) => {
		const chat = await play([line], {}, { language });
		expect(chat.last.handoff).toBeUndefined();
	});

	it('the open question can still be answered afterwards', async () => {
		const chat = await play(['can I talk to someone?', 'I need a new roof']);
		expect(chat.lead).toEqual({ project: 'I need a new roof' });
	});

	it('outside business hours, promises to inform the team', async () => {
		const chat = await play(['human please'], {}, { business_hours_open: false });
		expect(chat.last).toMatchObject({
			text: 'Of course, I’ll let our team know.',
			handoff: { reason: 'human please' },
		});
	});

	it('after a missed handoff, it asks for a contact once and continues', async () => {
		const chat = await play(['I need a new roof', 'can I talk to a human?']);
		chat.input.handoff_missed = true;
		await chat.say('can I talk to a human?');
		expect(chat.last).toEqual({
			text: 'Sorry that no one is free right now. How can the team reach you? An email address or a phone number is enough.',
			lead: {},
		});
		await chat.say('0170 1234567');
		expect(chat.lead.phone).toBe('01701234567');
		expect(chat.last.text).toMatch(/^Thank you\. Which of these comes closest/);
		await chat.say('I want a human');
		expect(chat.last.text).toMatch(
			/^Sorry that no one is free right now\. The team will get back to you at 01701234567\. /,
		);
		expect(chat.last.handoff).toBeUndefined();
	});

	it('an option of the site that names a person is an answer', async () => {
		const choice = { ...DEFAULT_QUESTIONS[1], options: ['Talk to a person', 'Get a quote'] };
		const chat = await play(['Talk to a person'], {
			questions: [{ ...choice, key: 'next', label: 'Next', type: 'choice', is_required: true }],
		});
		expect(chat.last.handoff).toBeUndefined();
		expect(chat.lead).toEqual({ next: 'Talk to a person' });
	});
});
