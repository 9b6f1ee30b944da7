import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { MAX_JOINS } from '#lib/server/realtime/connections.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { createRandom } from '../support/random.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();

const createMessage = (message: unknown) => ({ message, client_message_id: randomUUID() });

/** Checks that a regular visitor is still served. */
async function expectOthersUnaffected(): Promise<void> {
	const { visitor } = await t.startChat();
	const { message } = await visitor.request('message:send', createMessage('Hello'));
	const isAnswer = (event: { message: { id: number } | null }) =>
		(event.message?.id ?? 0) > message.id;
	expect((await visitor.waitForEvent('reply.finished', isAnswer)).message).toMatchObject({
		sender: 'ai',
	});
}

describe('a socket that sends', () => {
	const sockets: RawSocket[] = [];
	afterEach(() => {
		for (const socket of sockets.splice(0)) socket.end();
	});
	const join = async () => {
		const socket = await RawSocket.join(t.url);
		sockets.push(socket);
		return socket;
	};

	it.each([
		['nothing', ''],
		['an invalid packet', 'hello'],
		['an unknown packet type', '9'],
		['an unexpected upgrade', '5'],
		['an empty message', '4'],
		['an unknown message type', '4zzz'],
		['truncated JSON', '42/widget,0["message:send",{"message":'],
		['an object instead of an array', '42/widget,0{"message:send":1}'],
		['an empty array', '42/widget,0[]'],
		['null', '42/widget,0null'],
		['a number as event name', '42/widget,0[7,{}]'],
		['an object as event name', '42/widget,0[{"toString":1},{}]'],
		['a negative id', '42/widget,-1["history:after",{"after":0}]'],
		['an endless id', `42/widget,${'9'.repeat(400)}["history:after",{"after":0}]`],
		['an attachment that never arrives', '451-/widget,0["message:send",{"_placeholder":true}]'],
		['attachments without a number', '45-/widget,0["message:send",{}]'],
		['a million attachments', '451000000-/widget,0["message:send",{"_placeholder":true,"num":9}]'],
		['an unexpected acknowledgement', '43/widget,7[1]'],
		['an error', '44/widget,{"message":"x"}'],
		['a second handshake', '40/widget,{"site":"default"}'],
		['an unknown namespace', '40/nowhere,{}'],
		['an event to a namespace it has not joined', '42/agents,0["session:watch",{}]'],
		['nested arrays without end', `42/widget,0["message:send",${'['.repeat(60_000)}`],
		[
			'deeply nested arrays',
			`42/widget,0["message:send",${'['.repeat(50_000)}${']'.repeat(50_000)}]`,
		],
	])('%s does not affect others', async (_, frame) => {
		const socket = await join();
		socket.send(frame);
		await expectOthersUnaffected();
	});

	it.each(['connect', 'disconnect', 'disconnecting', 'connect_error', 'error', 'newListener'])(
		'an event with the reserved name %s does not affect others',
		async (name) => {
			const socket = await join();
			socket.send(`42/widget,0[${JSON.stringify(name)},{"a":1}]`);
			await expectOthersUnaffected();
		},
	);

	it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'message:send ', 'x'])(
		'an event with the unknown name %s is not answered, and the next request is',
		async (name) => {
			const socket = await join();
			socket.send(`42/widget,1[${JSON.stringify(name)},{"a":1}]`);
			socket.send('42/widget,2["history:after",{"after":0}]');
			expect(await socket.waitForFrame((frame) => frame.startsWith('43'))).toMatch(
				/^43\/widget,2\[/,
			);
		},
	);

	it('binary data in a text frame is disconnected', async () => {
		const socket = await join();
		socket.send(Buffer.from([0x34, 0x32, 0xff, 0xfe, 0x00]));
		await socket.waitForClose();
		await expectOthersUnaffected();
	});

	it('an attachment is disconnected before the next one arrives', async () => {
		const socket = await join();
		const places = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
		socket.send(`452-/widget,0["message:send",${places}]`);
		socket.send(Buffer.alloc(100_000));
		await socket.waitForClose();
		await expectOthersUnaffected();
	});

	it('a frame larger than any message is disconnected before it is parsed', async () => {
		const socket = await join();
		socket.send(
			`42/widget,0["message:send",${JSON.stringify(createMessage('x'.repeat(1024 * 1024)))}]`,
		);
		await socket.waitForClose();
		await expectOthersUnaffected();
	});

	it('a request without an ack callback has it executed anyway', async () => {
		const socket = await join();
		socket.send(`42/widget,["message:send",${JSON.stringify(createMessage('Hello'))}]`);
		let asked = 1;
		await vi.waitFor(async () => {
			const ack = `43/widget,${(asked += 1)}[`;
			socket.send(`42/widget,${asked}["history:after",{"after":0}]`);
			expect(await socket.waitForFrame((frame) => frame.startsWith(ack))).toContain(
				'"message":"Hello"',
			);
		});
	});

	it('thousands of random frames does not affect others', async () => {
		const random = createRandom(20_261_123);
		const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
		const fragments = [
			...'0123456789-,[]{}":\\ \u0000\ud800é💥/',
			'42/widget,',
			'45',
			'message:send',
			'_placeholder',
		];
		for (let n = 0; n < 40; n += 1) {
			const socket = await join();
			for (let sent = 0; sent < 50; sent += 1) {
				const length = Math.floor(random() * 24);
				const tail = Array.from({ length }, () => pick(fragments)).join('');
				socket.send(pick(['', '4', '42', '42/widget,0["message:send",', '451-/widget,']) + tail);
			}
		}
		await expectOthersUnaffected();
	});
});

describe('a request with', () => {
	it.each<[string, unknown]>([
		['null', null],
		['a string', 'message'],
		['a number', 7],
		['a list', [1, 2]],
		['an empty object', {}],
		['an object as text', { message: { toString: 'x' }, client_message_id: randomUUID() }],
		['prototype keys', JSON.parse('{"__proto__":{"message":"x"},"constructor":{}}')],
	])('%s is refused as invalid on either namespace', async (_, payload) => {
		const { visitor } = await t.startChat();
		const agent = await t.connectUser();
		expect(await visitor.getErrorCode('message:send', payload)).toBe('invalid');
		expect(await visitor.getErrorCode('typing:set', payload)).toBe('invalid');
		expect(await visitor.getErrorCode('page:set', payload)).toBe('invalid');
		expect(await agent.getErrorCode('session:watch', payload)).toBe('invalid');
		expect(await agent.getErrorCode('message:send', payload)).toBe('invalid');
		expect({}).not.toHaveProperty('message');
	});

	it('prototype keys among a lead’s fields changes nothing but the lead', async () => {
		const { visitor, session_id } = await t.startChat();
		const agent = await t.connectAgent();
		const fields: unknown = JSON.parse('{"name":"Maya","__proto__":"x","constructor":"y"}');
		const refused = await visitor.getErrorCode('visitor:identify', fields);
		expect(['accepted', 'invalid']).toContain(refused);
		await visitor.request('visitor:identify', { name: 'Maya H' });
		const { lead } = await agent.waitForEvent(
			'lead.updated',
			(event) => event.lead.name === 'Maya H',
		);
		expect(lead.session_id).toBe(session_id);
		expect(Object.getPrototypeOf(lead.answers)).toBe(Object.prototype);
	});

	it.each([
		['emoji', '👩‍👩‍👧‍👦'.repeat(300)],
		['right-to-left overrides', 'abc \u202e gnp.exe \u202c'],
		['combining marks', `e${'\u0301'.repeat(1000)}`],
		['markup', '<img src=x onerror=alert(1)>{{7*7}}${7*7}'],
	])('%s is stored exactly, in NFC', async (_, text) => {
		const message = text.normalize('NFC');
		const { visitor, session_id } = await t.startChat();
		const sent = await visitor.request('message:send', createMessage(text));
		expect(sent.message.message).toBe(message);
		const stored = await listMessages(t.ctx(), session_id);
		expect(stored.find(({ id }) => id === sent.message.id)?.message).toBe(message);
	});

	it.each(['a\u0000b', 'a\ud800b', '\udfff', '\ufffe\ufeff.'])(
		'text that Postgres or JSON can’t represent (%j) is stored without those characters',
		async (message) => {
			const { visitor } = await t.startChat();
			const sent = await visitor.request('message:send', createMessage(`x${message}`));
			expect(sent.message.message).toBe(`x${message.toWellFormed().replace('\u0000', '')}`);
		},
	);
});

it('polling rejects invalid and oversized packets', async () => {
	const address = `${t.url}/socket.io/?EIO=4&transport=polling`;
	const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string };
	const post = (body: string, id = sid) =>
		fetch(`${address}&sid=${id}`, { method: 'POST', body }).then(({ status }) => status);
	expect(await post('40/widget,{}', 'made-up')).toBe(400);
	expect(await post('x'.repeat(1024 * 1024))).toBe(413);
	expect(await post('\u001e\u001e42garbage')).toBeLessThan(500);
	await expectOthersUnaffected();
});

it('a client that joins again and again is disconnected before it starts hundreds of chats', async () => {
	const address = `${t.url}/socket.io/?EIO=4&transport=polling`;
	const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string };
	const countChats = () => t.app.db.$count(chat_sessions);
	const before = await countChats();
	const joins = Array.from({ length: 500 }, () => '40/widget,{"site":"default"}');
	await fetch(`${address}&sid=${sid}`, { method: 'POST', body: joins.join('\u001e') });
	expect((await fetch(`${address}&sid=${sid}`)).status).toBe(400);
	await expectOthersUnaffected();
	expect((await countChats()) - before).toBeLessThanOrEqual(MAX_JOINS + 1);
});
