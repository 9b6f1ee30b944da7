import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Consent } from './consent.ts';
import { PageStorage } from './storage.ts';

const version = '2026-11-01T10:00:00.000Z';
const asked = { text: 'I agree', is_required: true, version };

let storage: PageStorage;
let isOnline: boolean;
let sent: string[];

const open = (of: typeof asked | null = asked) =>
	new Consent({
		asked: of,
		storage,
		isOnline: () => isOnline,
		send: (given) => {
			sent.push(given);
			return Promise.resolve(true);
		},
		changed: () => undefined,
	});

beforeEach(() => {
	storage = new PageStorage();
	isOnline = true;
	sent = [];
});

describe('consent', () => {
	it('is not missing if the site doesn’t ask for it', () => {
		const consent = open(null);
		expect([consent.isGiven, consent.isStored, consent.isMissing]).toEqual([true, true, false]);
	});

	it('that is required prevents the visitor from writing until given', () => {
		expect(open().isMissing).toBe(true);
		expect(open({ ...asked, is_required: false }).isMissing).toBe(false);
	});

	it('blocks personal data until the server has it, and is sent once', async () => {
		isOnline = false;
		const consent = open();
		consent.give();
		consent.give();
		expect([consent.isGiven, consent.isStored]).toEqual([true, false]);
		isOnline = true;
		await consent.flush();
		await consent.flush();
		expect(consent.isStored).toBe(true);
		expect(sent).toEqual([version]);
	});

	it('given in an earlier chat is sent again for the next one', async () => {
		open().give();
		await vi.waitFor(() => expect(sent).toEqual([version]));
		const next = open();
		next.known(null);
		await vi.waitFor(() => expect(next.isStored).toBe(true));
		expect(sent).toEqual([version, version]);
	});

	it('that became required after the page loaded reloads it once', async () => {
		const reload = vi.fn();
		vi.stubGlobal('location', { reload });
		open(null).reloadToAsk();
		open(null).reloadToAsk();
		expect(reload).toHaveBeenCalledTimes(1);
		const asking = open();
		asking.reloadToAsk();
		asking.give();
		await vi.waitFor(() => expect(asking.isStored).toBe(true));
		open(null).reloadToAsk();
		expect(reload).toHaveBeenCalledTimes(2);
		vi.unstubAllGlobals();
	});

	it('to an older text is requested again', () => {
		open().give();
		const newer = open({ ...asked, version: '2026-11-20T10:00:00.000Z' });
		newer.known(version);
		expect(newer.isMissing).toBe(true);
	});
});
