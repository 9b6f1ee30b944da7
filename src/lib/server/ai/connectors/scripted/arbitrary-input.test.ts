import { describe, expect, it } from 'vitest';
import type { Question } from '#lib/contract/site.ts';
import { DEFAULT_QUESTIONS } from '#lib/server/sites/site-defaults.ts';
import { createRandom } from '../../../../../../tests/support/random.ts';
import { createQuestion, ScriptedChat } from '../../../../../../tests/support/scripted-chat.ts';

const { play } = ScriptedChat;

describe('any input', () => {
	const hostile = [
		'a'.repeat(4000),
		'@'.repeat(4000),
		'a@'.repeat(2000),
		'1 '.repeat(2000),
		'+'.repeat(4000),
		'. '.repeat(2000),
		', '.repeat(2000),
		'?!'.repeat(2000),
		'😀'.repeat(2000),
		'ﷺ'.repeat(4000),
		"i'm ".repeat(1000),
		'my name is '.repeat(360),
		'\ufffc'.repeat(100) + 'maya@hartmann.example',
		'مرحبا أريد سقفا جديدا'.repeat(180),
		'\u202e\u2066abc\ud800',
		'<script>alert(1)</script> **[x](javascript:alert(1))**',
		'__proto__',
		'',
	];
	const ordinary = [
		'hi',
		'yes',
		'no',
		'skip',
		'Maya',
		'maya@gmial.com',
		'maya@hartmann',
		'123',
		'0170 1234567',
		'why?',
		'how much?',
		'2',
		'later',
		'A new roof',
		'are you a bot?',
		'my name is Max',
		'Maya, maya@hartmann.example',
	];
	const sites: Question[][] = [
		DEFAULT_QUESTIONS,
		[],
		[
			createQuestion({ key: 'a' }),
			createQuestion({ key: 'b' }),
			createQuestion({ key: 'c', is_required: false }),
		],
		[
			createQuestion({ key: 'email', type: 'email' }),
			createQuestion({ key: 'other', type: 'email' }),
			createQuestion({ key: 'phone', type: 'phone' }),
			createQuestion({ key: 'size', type: 'number', is_required: false }),
			createQuestion({
				key: 'pick',
				type: 'choice',
				options: ['Yes', 'No', 'Skip'],
				is_required: false,
			}),
		],
	];

	it.each(hostile.map((line) => [line.slice(0, 20), line]))(
		'%j at every step neither throws nor gets stuck',
		async (_, line) => {
			const chat = await play([
				line,
				line,
				line,
				line,
				line,
				line,
				line,
				line,
				line,
				line,
				line,
				line,
			]);
			expect(chat.completions).toBe(1);
		},
	);

	it.each(sites.map((questions) => [questions.length, questions]))(
		'no conversation about %i questions takes more than twice as many turns and three',
		async (count, questions) => {
			const random = createRandom(count + 1);
			for (let round = 0; round < 150; round++) {
				const chat = await play([], { questions });
				let turns = 1;
				for (; chat.completions === 0 && turns < 100; turns++) {
					const lines = random() < 0.1 ? hostile : ordinary;
					await chat.say(lines[Math.floor(random() * lines.length)] ?? '');
				}
				expect(turns).toBeLessThanOrEqual(2 * count + 3);
				expect(isRepeating(chat)).toBe(false);
			}
		},
	);

	const isRepeating = ({ history }: ScriptedChat) => {
		const answers = history.filter(({ sender }) => sender === 'ai').map(({ message }) => message);
		return new Set(answers).size < answers.length;
	};
});
