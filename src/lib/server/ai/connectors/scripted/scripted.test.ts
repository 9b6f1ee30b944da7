import { describe, expect, it } from 'vitest';
import { widgetLanguage } from '#lib/contract/greeting.ts';
import { DEFAULT_QUESTIONS } from '#lib/server/sites/site-defaults.ts';
import { createConversation } from '../../../../../../tests/factories/conversation.ts';
import { createQuestion, ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';
import { composeScriptedInvitation } from './scripted.ts';

const { play } = ScriptedChat;
const OPTIONS = ['As soon as possible', 'In the next 3 months', 'Later', 'Just looking'];
const toName = ['A new roof', 'later'];
const toEmail = [...toName, 'Maya Hartmann'];
const toPhone = [...toEmail, 'maya@hartmann.example'];
const toEnd = [...toPhone, 'skip'];

describe('a whole conversation', () => {
	it('the AI speaks first and asks the first question immediately', async () => {
		const chat = await play([]);
		expect(chat.last.text).toMatch(
			/^Hi, I’m the assistant here\..*What would you like help with\?$/,
		);
		expect(chat.last.completed).toBeUndefined();
	});

	it('the greeting names the site, and the visitor if the page has provided a name', async () => {
		const chat = new ScriptedChat({ name: 'Hartmann Roofing' });
		chat.lead.name = 'Maya Hartmann';
		await chat.start();
		expect(chat.last.text).toMatch(/^Hi Maya, I’m the assistant at Hartmann Roofing\./);
	});

	it('the bubble beside the launcher shows a short greeting with the first question, in full for any site name', () => {
		const questions = DEFAULT_QUESTIONS;
		expect(composeScriptedInvitation({ name: 'Hartmann Roofing', questions }, 'en')).toBe(
			'Hi, I’m the assistant at Hartmann Roofing. What would you like help with?',
		);
		const name =
			'Hartmann & Daughters Roofing, Guttering, Chimneys and Solar Installations of Greater London';
		for (const language of widgetLanguage.options) {
			const text = composeScriptedInvitation({ name, questions }, language);
			expect(text).toMatch(/[?؟]$/);
			expect(text.length).toBeLessThanOrEqual(110);
		}
	});

	it('the site’s questions are asked in order, with the options of a choice as quick replies', async () => {
		const chat = new ScriptedChat();
		const asked = [await chat.start()];
		for (const line of toEnd) asked.push(await chat.say(line));
		expect(asked.map(({ text }) => text.match(/[^.]*\?$/)?.[0].trim())).toEqual([
			...DEFAULT_QUESTIONS.map(({ prompt }) => prompt),
			undefined,
		]);
		expect(asked.map(({ quick_replies }) => quick_replies ?? [])).toEqual([
			[],
			OPTIONS,
			[],
			[],
			['Skip'],
			[],
		]);
	});

	it('ends with thanks by name, a summary and the completion phrase', async () => {
		const chat = await play(toEnd);
		expect(chat.last.completed).toBe(true);
		expect(chat.last.text).toBe(
			'Thank you, Maya. I’ve noted your request (“A new roof”) and that the team can reach you at maya@hartmann.example. Someone from our team will get back to you within 24 hours.',
		);
		expect(chat.lead).toEqual({
			project: 'A new roof',
			timeline: 'Later',
			name: 'Maya Hartmann',
			email: 'maya@hartmann.example',
		});
	});

	it.each([
		['within one business day', 'will get back to you within one business day.'],
		['we will be in touch soon', 'will get back to you. We will be in touch soon.'],
		['', 'will get back to you within 24 hours.'],
	])('the completion phrase %j makes a whole sentence', async (completion_phrase, end) => {
		const chat = await play(toEnd, { completion_phrase });
		expect(chat.last.text.endsWith(end)).toBe(true);
		expect(chat.completions).toBe(1);
	});

	it('no acknowledgment is used twice in a row', async () => {
		const questions = ['a', 'b', 'c', 'd', 'e'].map((key) =>
			createQuestion({ key, prompt: `What about ${key}?` }),
		);
		const chat = await play(['one thing', 'another thing', 'a third thing', 'a fourth thing'], {
			questions,
		});
		const openings = chat.history
			.filter(({ sender }) => sender === 'ai')
			.map(({ message }) => message.split('.')[0]);
		expect(openings.every((opening, index) => opening !== openings[index + 1])).toBe(true);
	});

	it('each turn returns only newly learned fields', async () => {
		const chat = await play(toName);
		expect((await chat.say('Maya')).lead).toEqual({ name: 'Maya' });
		expect((await chat.say('hmm')).lead).toEqual({});
	});

	it('fields set by the page or an agent are not asked for', async () => {
		const chat = new ScriptedChat();
		Object.assign(chat.lead, { name: 'Maya', email: 'maya@hartmann.example', project: 'A roof' });
		await chat.start();
		await chat.say('later');
		await chat.say('skip');
		expect(chat.completions).toBe(1);
	});

	it('the reply is streamed in chunks, and stops when aborted', async () => {
		const { scriptedConnector } = await import('./index.ts');
		const abort = new AbortController();
		const answer = scriptedConnector(
			createConversation({
				action: 'start',
				message: '',
				message_id: null,
				site: new ScriptedChat().site,
				signal: abort.signal,
			}),
			{ retries: 0 },
		);
		expect((await answer.next()).value).toBe('Hi, I’m the ');
		abort.abort(new Error('gone'));
		await expect(answer.next()).rejects.toThrow('gone');
	});
});

describe('several answers at once', () => {
	it('name, email and topic in one line', async () => {
		const chat = await play(['Maya Hartmann, maya@hartmann.example, roof repair in March']);
		expect(chat.lead).toEqual({
			name: 'Maya Hartmann',
			email: 'maya@hartmann.example',
			project: 'roof repair in March',
		});
		expect(chat.last.quick_replies).toEqual(OPTIONS);
	});

	it('a long message: nothing that it answers is asked', async () => {
		const chat = await play([
			'Good morning! My name is Tomás Rivera. We need 12 solar panels on our barn, as soon as possible. You can reach me at tomas@casa.example or +34 612 34 56 78. Thanks',
		]);
		expect(chat.lead).toEqual({
			name: 'Tomás Rivera',
			email: 'tomas@casa.example',
			phone: '+34612345678',
			timeline: 'As soon as possible',
			project: 'We need 12 solar panels on our barn',
		});
		expect(chat.completions).toBe(1);
	});

	it('several messages of one turn are parsed together', async () => {
		const chat = await play([]);
		await chat.say('hi', 'I need a new roof', 'Just looking for now');
		expect(chat.lead).toMatchObject({ timeline: 'Just looking' });
		expect(chat.lead.project).toContain('I need a new roof');
		expect(chat.last.text).toMatch(/What is your name\?$/);
	});

	it('a contact next to the topic is not part of the topic', async () => {
		const chat = await play(['Hi, I’m Maya. I need a new roof, call me at +49 170 1234567']);
		expect(chat.lead).toEqual({
			name: 'Maya',
			phone: '+491701234567',
			project: 'I need a new roof',
		});
	});

	it('a capitalized topic next to an address is not a name', async () => {
		const chat = await play(['Roof Repair, info@barn.example']);
		expect(chat.lead).toEqual({ project: 'Roof Repair', email: 'info@barn.example' });
	});

	it('a local number next to the name is accepted without being asked for', async () => {
		const chat = await play([...toName, 'Maya, 0170 1234567']);
		expect(chat.lead).toMatchObject({ name: 'Maya', phone: '01701234567' });
	});

	it('name and email answer the question for the name', async () => {
		const chat = await play([...toName, 'maya hartmann maya@hartmann.example']);
		expect(chat.lead).toMatchObject({ name: 'Maya Hartmann', email: 'maya@hartmann.example' });
		expect(chat.last.quick_replies).toEqual(['Skip']);
	});
});

describe('refusals, greetings and questions', () => {
	it.each([
		'skip',
		'no',
		'No, thanks',
		'rather not',
		'later',
		'pass',
		'I’d rather not give you my number',
		'-',
	])('%j skips an optional question', async (line) => {
		const chat = await play([...toPhone, line]);
		expect(chat.completions).toBe(1);
		expect(chat.lead.phone).toBeUndefined();
	});

	it('a required question is asked once more with the reason, then dropped', async () => {
		const chat = await play([...toEmail, 'rather not']);
		expect(chat.last.text).toMatch(/^I understand\. I only ask because the team needs an address/);
		await chat.say('no');
		expect(chat.last.quick_replies).toEqual(['Skip']);
	});

	it('a visitor who skips everything is asked once more for a contact, and is promised no reply without one', async () => {
		const chat = await play(Array.from({ length: 9 }, () => 'skip'));
		expect(chat.last.text).toMatch(/How can the team reach you\?/);
		await chat.say('no');
		expect(chat.completions).toBe(1);
		expect(chat.last.text).toBe(
			'Thank you. Leave an email address or a phone number here, and someone from our team will get back to you within 24 hours.',
		);
	});

	it('a local number answers the last question for a contact', async () => {
		const chat = await play([...toEmail, 'no', 'no', 'no', '0170 1234567']);
		expect(chat.lead.phone).toBe('01701234567');
		expect(chat.last.text).toContain('reach you at 01701234567. Someone from our team');
	});

	it('the topic is accepted later, too', async () => {
		const chat = await play(['hello', 'is anyone there?', 'I need help with my roof']);
		expect(chat.lead).toEqual({ project: 'I need help with my roof' });
		expect(chat.last.quick_replies).toEqual(OPTIONS);
	});

	it('“yes” to a request for a number asks for the number', async () => {
		const chat = await play([...toPhone, 'yes']);
		expect(chat.last.text).toMatch(/^Great\. Which number should the team call\?/);
	});

	it('a visitor who doesn’t know is not pressed to choose', async () => {
		const chat = await play(['A new roof', 'not sure yet', 'I don’t know']);
		expect(chat.lead).toEqual({ project: 'A new roof' });
		expect(chat.last.text).toMatch(/What is your name\?$/);
	});

	it('a greeting answers no question', async () => {
		const chat = await play(['Hello there!']);
		expect(chat.lead).toEqual({});
		expect(chat.last.text).toBe('Nice to have you here. In a few words, what is it about?');
	});

	it('“later” and “no” count as answers where they fit', async () => {
		const questions = [createQuestion({ key: 'owner', prompt: 'Do you own the house?' })];
		expect((await play(['no'], { questions })).lead.owner).toBe('no');
		expect((await play(['yes'], { questions })).lead.owner).toBe('yes');
		expect((await play(['A new roof', 'later'])).lead.timeline).toBe('Later');
	});

	it.each([
		[toName, /What name may the team use for you\?$/],
		[toEmail, /Which email address should the team write to\?/],
		[toPhone, /Which number should the team call\?/],
		[['A new roof'], /Which of these comes closest/],
	])('a question is left to the team and the script continues (%#)', async (lines, again) => {
		const chat = await play([...lines, 'How much does it cost?']);
		expect(chat.last.text).toContain('the team');
		expect(chat.last.text).toMatch(again);
		expect(chat.last.lead).toEqual({});
	});

	it('a question that states the topic is the topic', async () => {
		const chat = await play(['How much is a new roof?']);
		expect(chat.lead.project).toBe('How much is a new roof?');
		expect(chat.last.text).toMatch(/team.*When would you like to start\?$/);
		expect(chat.last.text).not.toMatch(/^Thank/);
	});

	it('an answer with a question counts as both', async () => {
		const chat = await play([...toName, 'Maya. What does it cost?']);
		expect(chat.lead.name).toBe('Maya');
		expect(chat.last.text).toMatch(/^Nice to meet you, Maya\. .*the team.*email address/);
	});

	it('explains what it is, and why it asks', async () => {
		const chat = await play([...toEmail, 'are you a real person?']);
		expect(chat.last.text).toMatch(/^I’m an automated assistant/);
		const other = await play([...toEmail, 'why do you need that?']);
		expect(other.last.text).toMatch(/^I ask because the team needs an address/);
	});
});

describe('after the end', () => {
	it.each([
		['thank you!', 'Maya'],
		['when will you call?', 'team'],
		['I forgot: the roof is 40 years old', 'team'],
		['hello?', 'Hello again'],
		['no', 'any time'],
	])('%j gets a short answer without a question', async (line, words) => {
		const chat = await play([...toEnd, line]);
		expect(chat.last.text).toContain(words);
		expect(chat.last.text).not.toContain('?');
		expect(chat.last).toMatchObject({ lead: {} });
		expect(chat.completions).toBe(1);
	});

	it('a correction updates the lead and is confirmed', async () => {
		const chat = await play([...toEnd, 'my email is actually x@y.example']);
		expect(chat.lead.email).toBe('x@y.example');
		expect(chat.last.text).toBe('Thank you, I’ve noted your email address as x@y.example.');
		await chat.say('and my name is Max Hartmann');
		expect(chat.lead.name).toBe('Max Hartmann');
	});

	it('a correction before the end updates the lead too', async () => {
		const chat = await play([...toPhone, 'sorry, my name is actually Mia']);
		expect(chat.lead.name).toBe('Mia');
		expect(chat.last.text).toMatch(/^Thank you, Mia, I’ve corrected that\./);
	});
});

describe('other beginnings and interruptions', () => {
	it('a visitor who writes first is greeted, and the message is the topic', async () => {
		const chat = new ScriptedChat();
		await chat.say('I need a new roof');
		expect(chat.lead.project).toBe('I need a new roof');
		expect(chat.last.text).toMatch(
			/^Hi, I’m the assistant here\..* When would you like to start\?$/,
		);
	});

	it('the answer to a fixed greeting is the topic, even if the greeting contains the completion phrase', async () => {
		const chat = new ScriptedChat();
		chat.write('ai', 'Hello, we answer within 24 hours. How can we help?');
		await chat.say('I need a new roof');
		expect(chat.lead.project).toBe('I need a new roof');
		expect(chat.last.quick_replies).toEqual(OPTIONS);
	});

	it('a message to an agent does not answer the script', async () => {
		const chat = await play(toName);
		chat.write('agent', 'Which street is it?');
		await chat.say('Miller Street');
		expect(chat.lead.name).toBeUndefined();
		expect(chat.last.text).toMatch(/What name may the team use for you\?$/);
	});

	it('a site without questions still asks for a contact, then closes', async () => {
		const chat = await play(['Call me: +49 170 1234567'], { questions: [] });
		expect(chat.lead).toEqual({ phone: '+491701234567' });
		expect(chat.completions).toBe(1);
	});

	it('two questions with the same text and key still come to an end', async () => {
		const questions = [
			createQuestion({ key: 'a', prompt: 'Tell me?' }),
			createQuestion({ key: 'b', prompt: 'Tell me?' }),
			createQuestion({ key: 'b', prompt: 'Tell me?' }),
		];
		const chat = await play(['this one', 'that one', 'skip'], { questions });
		expect(chat.lead).toEqual({ a: 'this one', b: 'that one' });
	});

	it('questions named like built-in object properties are asked', async () => {
		const questions = [createQuestion({ key: 'constructor', prompt: 'Who builds it?' })];
		expect((await play(['The Millers'], { questions })).lead.constructor).toBe('The Millers');
	});

	it('custom fields of a contact type set the core fields', async () => {
		const questions = [
			createQuestion({ key: 'full_name', label: 'Full name' }),
			createQuestion({ key: 'work_email', label: 'Work email', type: 'email' }),
			createQuestion({ key: 'company', label: 'Company' }),
		];
		const chat = await play(['Maya', 'maya@hartmann.example', 'Hartmann Ltd.'], { questions });
		expect(chat.lead).toEqual({
			full_name: 'Maya',
			name: 'Maya',
			work_email: 'maya@hartmann.example',
			email: 'maya@hartmann.example',
			company: 'Hartmann Ltd.',
		});
	});
});
