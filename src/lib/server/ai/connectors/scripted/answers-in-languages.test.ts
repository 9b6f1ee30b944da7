import { describe, expect, it } from 'vitest';
import { createQuestion, ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';

const { play } = ScriptedChat;

describe('names', () => {
	it.each([
		['de', 'mein Name ist Jürgen von der Heide', 'Jürgen von der Heide'],
		['de', 'ich bin die Maya und brauche Hilfe', 'Maya'],
		['es', 'soy María García', 'María García'],
		['es', 'me llamo maría', 'María'],
		['fr', 'Je suis Élodie', 'Élodie'],
		['fr', 'mon nom est de la Fontaine', 'de la Fontaine'],
		['pt', 'me chamo João e preciso de um telhado', 'João'],
		['pt', 'aqui é a Ana Souza', 'Ana Souza'],
		['ar', 'أنا مايا حداد', 'مايا حداد'],
		['ar', 'اسمي هو عبد الرحمن', 'عبد الرحمن'],
	] as const)('%s: %j', async (language, line, name) => {
		const questions = [createQuestion({ key: 'name' }), createQuestion({ key: 'more' })];
		const chat = await play([line], { questions }, { language });
		expect(chat.lead.name).toBe(name);
	});

	it.each([
		['de', 'ich brauche ein neues Dach'],
		['es', 'necesito un techo'],
		['fr', 'je cherche un couvreur'],
		['pt', 'preciso de um telhado'],
		['ar', 'أريد سقفا جديدا'],
		['ar', 'لا أعرف'],
		['de', 'Danke'],
		['es', 'Gracias'],
		['fr', 'Bonjour madame'],
	] as const)('%s: %j is none', async (language, line) => {
		const questions = [createQuestion({ key: 'name' }), createQuestion({ key: 'more' })];
		const chat = await play([line], { questions }, { language });
		expect(chat.lead.name).toBeUndefined();
	});
});

describe('declining', () => {
	it.each([
		[
			'de',
			[
				'Überspringen',
				'lieber nicht',
				'Nein danke!',
				'ich möchte meine Nummer nicht angeben',
				'später',
			],
		],
		[
			'es',
			['Omitir', 'prefiero no decirlo', 'No, gracias', 'no quiero dar mi teléfono', 'más tarde'],
		],
		[
			'fr',
			[
				'Passer',
				'je préfère ne pas répondre',
				'Non merci',
				'plus tard',
				'je ne veux pas donner mon numéro',
			],
		],
		[
			'pt',
			['Pular', 'prefiro não informar', 'Não, obrigado', 'depois', 'não quero passar meu telefone'],
		],
		['ar', ['تخطي', 'لا أريد', 'لا شكرا', 'أفضل عدم مشاركة رقمي', 'لاحقًا']],
	] as const)('%s', async (language, lines) => {
		for (const line of lines) {
			const questions = [
				createQuestion({ key: 'phone', type: 'phone', is_required: false }),
				createQuestion({ key: 'more' }),
			];
			const chat = await play([line], { questions }, { language });
			expect([line, chat.last.asked]).toEqual([line, 'more']);
			expect(chat.lead).toEqual({});
		}
	});
});
