import { describe, expect, it } from 'vitest';
import { createQuestion, ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';

const { play } = ScriptedChat;
const OPTIONS = ['As soon as possible', 'In the next 3 months', 'Later', 'Just looking'];
const toName = ['A new roof', 'later'];
const toEmail = [...toName, 'Maya Hartmann'];
const toPhone = [...toEmail, 'maya@hartmann.example'];

describe('names', () => {
	it.each([
		['Maya Hartmann', 'Maya Hartmann', 'Maya'],
		['maya', 'Maya', 'Maya'],
		["I'm Maya", 'Maya', 'Maya'],
		['I’m maya hartmann', 'Maya Hartmann', 'Maya'],
		['my name is ludwig van beethoven', 'Ludwig van Beethoven', 'Ludwig'],
		['this is Tomás Rivera', 'Tomás Rivera', 'Tomás'],
		['Sure, it’s Maya!', 'Maya', 'Maya'],
		['Dr. Tomás Rivera', 'Dr. Tomás Rivera', 'Tomás'],
		['Mr. Smith', 'Mr. Smith', 'Mr. Smith'],
		['J. R. Smith', 'J. R. Smith', 'J.'],
		['maya & tom', 'Maya and Tom', 'Maya'],
		["Siobhán O'Neill-Byrne 😊", "Siobhán O'Neill-Byrne", 'Siobhán'],
		['Will Young', 'Will Young', 'Will'],
		['An Nguyen', 'An Nguyen', 'An'],
		['مايا حداد', 'مايا حداد', 'مايا'],
		['اسمي مايا', 'مايا', 'مايا'],
		['田中太郎', '田中太郎', '田中太郎'],
		['我叫李娜', '李娜', '李娜'],
		['Ольга Петрова', 'Ольга Петрова', 'Ольга'],
		['hello, Maya here. I need it soon', 'Maya', 'Maya'],
	])('%j is %j, called %s', async (line, name, called) => {
		const chat = await play([...toName, line]);
		expect(chat.lead.name).toBe(name);
		expect(chat.last.text).toContain(`Nice to meet you, ${called}.`);
	});

	it.each([
		'hi',
		'good morning',
		'ok',
		'I want a roof',
		'how much does it cost?',
		'12345',
		'😀',
		'https://example.com',
		'I’m interested in a roof',
	])('%j is no name', async (line) => {
		const chat = await play([...toName, line]);
		expect(chat.lead.name).toBeUndefined();
		expect(chat.last.text).toMatch(/What name may the team use for you\?$/);
	});

	it('an unusual name is accepted the second time', async () => {
		const chat = await play([...toName, 'X AE A-12', 'X AE A-12']);
		expect(chat.lead.name).toBe('X AE A-12');
	});

	it('words after “I’m” are not a name unless it was asked for', async () => {
		const chat = await play(['I’m looking for a roofer']);
		expect(chat.lead).toEqual({ project: 'I’m looking for a roofer' });
	});
});

describe('email addresses', () => {
	it.each(['maya@hartmann', 'maya@', '@hartmann.example', 'maya@hart..example'])(
		'%j is asked for again, with an example',
		async (line) => {
			const chat = await play([...toEmail, line]);
			expect(chat.lead.email).toBeUndefined();
			expect(chat.last.text).toBe(
				'That doesn’t look like a complete email address. Which email address should the team write to? For example: name@example.com',
			);
			await chat.say('it is MAYA@Hartmann.example.');
			expect(chat.lead.email).toBe('maya@hartmann.example');
		},
	);

	it('a typo in a common domain prompts a suggestion; “yes” accepts it', async () => {
		const chat = await play([...toEmail, 'maya@gmial.com']);
		expect(chat.last).toMatchObject({ quick_replies: ['Yes', 'No'] });
		expect(chat.last.text).toMatch(/Did you mean maya@gmail\.com\?$/);
		await chat.say('yes please');
		expect(chat.lead.email).toBe('maya@gmail.com');
		expect(chat.last.quick_replies).toEqual(['Skip']);
	});

	it.each(['no', 'No, it is right', 'what?'])('%j keeps the address as typed', async (line) => {
		const chat = await play([...toEmail, 'maya@gmial.com', line]);
		expect(chat.lead.email).toBe('maya@gmial.com');
		expect(chat.last.quick_replies).toEqual(['Skip']);
	});

	it('another address instead of yes or no is accepted without a new suggestion', async () => {
		const chat = await play([...toEmail, 'maya@gmial.com', 'sorry, maya@hotmial.com']);
		expect(chat.lead.email).toBe('maya@hotmial.com');
		expect(chat.last.quick_replies).toEqual(['Skip']);
	});

	it.each(['ymail.com', 'mail.com', 'gmail.com', 'yahoo.co.uk', 'hartmann.example'])(
		'%s is believed',
		async (domain) => {
			const chat = await play([...toEmail, `maya@${domain}`]);
			expect(chat.last.text).not.toContain('Did you mean');
			expect(chat.lead.email).toBe(`maya@${domain}`);
		},
	);

	it('an answer to a question for someone else’s address does not set the visitor’s', async () => {
		const questions = [
			createQuestion({ key: 'email', type: 'email' }),
			createQuestion({ key: 'partner_email', label: 'Your partner’s email', type: 'email' }),
		];
		const chat = await play(['a@one.example', 'b@two.example'], { questions });
		expect(chat.last.lead).toEqual({ partner_email: 'b@two.example' });
		expect(chat.completions).toBe(1);
	});
});

describe('phone numbers', () => {
	it.each([
		['+49 (0)170 / 123 45 67', '+491701234567'],
		['0170 1234567 after 5', '01701234567'],
		['(555) 123-4567', '5551234567'],
		['it’s 5551234', '5551234'],
		['٠٥٠١٢٣٤٥٦٧', '0501234567'],
		['0049 170 1234567', '+491701234567'],
	])('%j is %s', async (line, phone) => {
		const chat = await play([...toPhone, line]);
		expect(chat.lead.phone).toBe(phone);
		expect(chat.completions).toBe(1);
	});

	it.each(['12345', '12345678901234567890', 'call me on 12.03.2027'])(
		'%j is asked for again, with an example',
		async (line) => {
			const chat = await play([...toPhone, line]);
			expect(chat.lead.phone).toBeUndefined();
			expect(chat.last.text).toMatch(/For example: \+1 202 555 0143$/);
			expect(chat.last.quick_replies).toEqual(['Skip']);
		},
	);

	it('an amount of money is not a phone number', async () => {
		const chat = await play(['A house for 1500000']);
		expect(chat.lead).toEqual({ project: 'A house for 1500000' });
	});
});

describe('choices and numbers', () => {
	it.each([
		['2', OPTIONS[1]],
		['option 3', OPTIONS[2]],
		['the second one', OPTIONS[1]],
		['the last one', OPTIONS[3]],
		['Later', OPTIONS[2]],
		['as soon as possible please!', OPTIONS[0]],
		['asap', OPTIONS[0]],
		['right away', OPTIONS[0]],
		['next month', OPTIONS[1]],
		['in 3 months', OPTIONS[1]],
		['as son as posible', OPTIONS[0]],
		['I’m just looking around', OPTIONS[3]],
	])('%j chooses %j', async (line, option) => {
		const chat = await play(['A new roof', line]);
		expect(chat.lead.timeline).toBe(option);
		expect(chat.last.text).toMatch(/What is your name\?$/);
	});

	it.each(['7', 'purple', 'Is later possible?'])(
		'%j chooses nothing: the options are named',
		async (line) => {
			const chat = await play(['A new roof', line]);
			expect(chat.lead.timeline).toBeUndefined();
			expect(chat.last.text).toContain(
				'As soon as possible, In the next 3 months, Later or Just looking?',
			);
			expect(chat.last.quick_replies).toEqual(OPTIONS);
		},
	);

	it('an answer that twice matches no option is stored in the visitor’s words', async () => {
		const chat = await play(['A new roof', 'when the snow is gone', 'in spring']);
		expect(chat.lead.timeline).toBe('in spring');
	});

	it.each([
		['about 1,500', '1500'],
		['2.5', '2.5'],
		['20k', '20000'],
		['two', '2'],
		['€ 1.250.000', '1250000'],
		['٤٢', '42'],
	])('the number in %j is %s', async (line, number) => {
		const chat = await play([line], {
			questions: [createQuestion({ key: 'budget', type: 'number' })],
		});
		expect(chat.lead.budget).toBe(number);
	});

	it('a number is asked for again when the answer has none', async () => {
		const chat = await play(['plenty'], {
			questions: [createQuestion({ key: 'budget', type: 'number' })],
		});
		expect(chat.last.text).toMatch(/I didn’t find a number in that\. A rough number is enough/);
	});
});
