import { beforeEach, describe, expect, it } from 'vitest';
import type { LeadFields, LeadSource } from '#lib/contract/lead.ts';
import { createChat } from '../../../../tests/factories/chat.ts';
import { toActor, createUser } from '../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { sendVisitorMessage } from '../conversations/messages/index.ts';
import { startSession } from '../conversations/sessions/index.ts';
import { eraseVisitor, findVisitor } from '../privacy/visitors/index.ts';
import { exportLeads, findLead, listLeads, updateLead } from './index.ts';
import { findChatsOfPerson } from './unchecked.ts';

const t = useTestApp();
let chat: { id: number; session_id: string };
beforeEach(async () => {
	({ session: chat } = await startSession(t.ctx(), { site: 'default' }));
});

const update = (fields: LeadFields, source: LeadSource = 'ai') =>
	updateLead(t.ctx(), { session_id: chat.session_id }, { fields, source });
const say = (message: string) =>
	sendVisitorMessage(t.ctx(), {
		chat_session_id: chat.id,
		session_id: chat.session_id,
		message,
	});
const listContacts = async () =>
	(await findLead(t.ctx(), chat.session_id))?.additional_contacts.map(({ value }) => value);

describe('a second email or phone number', () => {
	it('in a later message replaces the first, which is kept', async () => {
		await say('ada@example.com, +49 170 1234567');
		await say('Better write to ada@work.example or call +49 30 901820');
		expect(await findLead(t.ctx(), chat.session_id)).toMatchObject({
			email: 'ada@work.example',
			phone: '+4930901820',
		});
		expect(await listContacts()).toEqual(['ada@example.com', '+491701234567']);
	});

	it('in the same message or value is kept', async () => {
		await say('ada@example.com or ada@work.example');
		await update({ phone: '+49 170 1234567 or +49 30 901820' });
		expect(await findLead(t.ctx(), chat.session_id)).toMatchObject({
			email: 'ada@example.com',
			phone: '+491701234567',
		});
		expect(await listContacts()).toEqual(['ada@work.example', '+4930901820']);
	});

	it('is kept once, and never duplicates the main one', async () => {
		await update({ email: 'a@example.com' });
		await update({ email: 'b@example.com' });
		await update({ email: 'a@example.com' });
		expect(await listContacts()).toEqual(['b@example.com']);
	});

	it('after an agent’s edit is kept, and one that an agent corrects is not', async () => {
		await update({ email: 'typo@exmaple.com' });
		const agent = { ...t.ctx(), actor: toActor(await createUser(t.app)) };
		const { session_id } = chat;
		await updateLead(
			agent,
			{ session_id },
			{ fields: { email: 'ada@example.com' }, source: 'agent' },
		);
		expect(await listContacts()).toEqual([]);
		const lead = await update({ email: 'ada@work.example' });
		expect(lead?.email).toBe('ada@example.com');
		expect(await listContacts()).toEqual(['ada@work.example']);
	});

	it('is found, exported and erased with its lead', async () => {
		await update({ email: 'first@example.com' });
		await update({ email: 'second@example.com' });
		const other = await createChat(t.ctx(), { lead: { email: 'first@example.com' } });
		const found = await listLeads(t.ctx(), { q: 'first@example.com' });
		expect(found.items.map(({ session_id }) => session_id)).toContain(chat.session_id);
		const ids = await findChatsOfPerson(t.ctx(), { chat_session_id: chat.id }, 10);
		expect(ids.sort()).toEqual([chat.id, other.id].sort());
		let csv = '';
		for await (const chunk of exportLeads(t.ctx(), {})) csv += chunk;
		expect(csv).toContain('{""additional_contacts"":[""first@example.com""]}');
		expect(await findVisitor(t.ctx(), { email: 'first@example.com' })).toMatchObject({ count: 2 });
		await eraseVisitor(t.ctx(), { email: 'first@example.com', confirm: 'erase' });
		expect(await findVisitor(t.ctx(), { email: 'second@example.com' })).toMatchObject({ count: 0 });
	});
});

describe('placeholder values', () => {
	it.each([
		...[
			'N/A',
			'n.a.',
			'null',
			'None',
			'unknown',
			'Not provided',
			'-',
			'—',
			'?',
			'...',
			'undefined',
		],
		...['keine', 'Keine Angabe', 'ninguno', 'non fourni', 'não informado', '未提供', 'не указано'],
		...['{{name}}', '={{ $json.name }}', '${name}', '<email>', '[phone]', '[Your Name]', '%NAME%'],
	])('"%s" from an AI is rejected, and its other values are kept', async (value) => {
		const lead = await update({ name: value, email: value, roof: value, company: 'Hartmann' });
		expect(lead).toMatchObject({ name: null, email: null, company: 'Hartmann', answers: {} });
		expect(lead?.rejected?.map(({ path }) => path).sort()).toEqual(['email', 'name', 'roof']);
	});

	it('are names when people give them', async () => {
		expect(await update({ name: 'Null' }, 'identify')).toMatchObject({ name: 'Null' });
		expect(await update({ name: 'None' }, 'api')).toMatchObject({ name: 'None' });
		expect(await update({ name: '{{name}}', company: 'A' }, 'api')).toMatchObject({
			name: 'None',
			rejected: [{ path: 'name', message: 'is a placeholder' }],
		});
	});
});
