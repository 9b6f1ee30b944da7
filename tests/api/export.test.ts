import { beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '#lib/contract/session.ts';
import { createNote } from '#lib/server/conversations/notes/index.ts';
import { submitReview } from '#lib/server/quality/reviews/index.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import { createChat } from '../factories/chat.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });
let chat: Session;

beforeAll(async () => {
	chat = await createChat(t.ctx(), {
		messages: [],
		lead: { name: 'Maya Hartmann', company: '=1+1' },
	});
	const at = (minute: number) => `2026-07-01T10:0${minute}:00.000Z`;
	await ingestMessages(t.ctx(), chat.session_id, [
		{ sender: 'ai', message: 'Hi! What do you need?', timestamp: at(0) },
		{ sender: 'visitor', message: 'A roof.\nIt "leaks", badly', timestamp: at(1) },
		{ sender: 'visitor', message: '=HYPERLINK("http://evil.example")', timestamp: at(2) },
	]);
	await createNote(t.ctx(), chat.session_id, { note: 'Cousin of the owner' });
	const { session_id } = chat;
	await submitReview(t.ctx(), session_id, {
		qa_status: 'issue',
		notes: 'Asked twice',
		expected: 'Ask once',
	});
	const developer_feedback = 'Prompt corrected';
	await submitReview(t.ctx(), session_id, { qa_status: 'fixed', developer_feedback });
});

const path = (query = '', id: string | number = chat.session_id) =>
	`/api/sessions/${id}/export${query}`;

describe('the export of a chat session', () => {
	it('contains the whole chat as text, in the reader’s time zone', async () => {
		const response = await call('GET', path('?time_zone=Europe/Berlin'));
		expect(response.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
		expect(response.headers.get('Content-Disposition')).toBe(
			`attachment; filename="${chat.session_id}.txt"`,
		);
		const text = await response.text();
		for (const part of [
			chat.session_id,
			'Chat with Maya Hartmann',
			'AI engaged:',
			'Europe/Berlin',
			/Email: +No answer/,
			'State: Fixed',
			'Notes: Asked twice',
			'Expected answer: Ask once',
			'Developer feedback: Prompt corrected',
			'2026-07-01 12:00:00  AI\n    Hi! What do you need?',
			'2026-07-01 12:01:00  Maya Hartmann\n    A roof.\n    It "leaks", badly',
			/INTERNAL NOTE by Frontdesk\n {4}Cousin of the owner/,
		]) {
			expect(text).toMatch(part);
		}
	});

	it('marks every question as not answered without a lead', async () => {
		const { session_id } = await createChat(t.ctx(), { messages: [] });
		const text = await (await call('GET', path('', session_id))).text();
		expect(text.match(/No answer/g)?.length).toBeGreaterThan(3);
		expect(text).toContain('No messages.');
	});

	it('escapes formulas and quotes cells in CSV', async () => {
		const response = await call('GET', path('?format=csv'));
		expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
		const text = await response.text();
		expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
		expect(text).toContain(`lead,,,Company,'=1+1\r\n`);
		expect(text).toContain('"A roof.\nIt ""leaks"", badly"');
		expect(text).toMatch(/,note,.*,Cousin of the owner\r\n/);
		expect(text).not.toMatch(/(^|,|")[=+@]/m);
	});

	it('uses the API’s shapes in JSON', async () => {
		const response = await call('GET', path('?format=json'));
		expect(response.headers.get('Content-Type')).toBe('application/json');
		expect(await response.json()).toMatchObject({
			session: { session_id: chat.session_id, qa_status: 'fixed' },
			lead: { name: 'Maya Hartmann', email: null },
			answers: { Name: 'Maya Hartmann', Email: 'No answer' },
			reviews: [{ qa_status: 'issue' }, { qa_status: 'fixed' }],
			notes: [{ note: 'Cousin of the owner' }],
			messages: [{ sender: 'ai' }, { sender: 'visitor' }, { sender: 'visitor' }],
		});
	});

	it('contains every message of a long chat once, in order', async () => {
		const { session_id } = await createChat(t.ctx(), { messages: [] });
		for (let batch = 0; batch < 3; batch += 1) {
			const messages = Array.from({ length: 400 }, (_, index) => ({
				sender: 'visitor' as const,
				message: `message ${batch * 400 + index}`,
			}));
			await ingestMessages(t.ctx(), session_id, messages);
		}
		const text = await (await call('GET', path('', session_id))).text();
		const numbers = [...text.matchAll(/^ {4}message (\d+)$/gm)].map(([, number]) => Number(number));
		expect(numbers).toEqual(Array.from({ length: 1200 }, (_, index) => index));
	});

	it('accepts numeric ids and the alias, and rejects unknown ids and formats', async () => {
		expect((await call('GET', path('', chat.id))).status).toBe(200);
		const alias = `/api/messenger-sessions/${chat.id}/export?format=csv`;
		expect((await call('GET', alias)).status).toBe(200);
		await expectProblem(await call('GET', path('', 'session_nowhere')), 'not_found');
		await expectProblem(await call('GET', path('?format=pdf')), 'invalid');
		await expectProblem(await call('GET', path('?time_zone=Mars/Base')), 'invalid');
	});
});
