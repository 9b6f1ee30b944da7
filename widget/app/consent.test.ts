import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Consent } from './consent.ts';
import { PageStorage } from './storage.ts';

const version = '2026-11-01T10:00:00.000Z';
const request = { text: 'I agree', is_required: true, version };

let storage: PageStorage;
let isOnline: boolean;
let sent: string[];

const createConsent = (consentRequest: typeof request | null = request) =>
	new Consent({
		request: consentRequest,
		storage,
		isOnline: () => isOnline,
		send: (sentVersion) => {
			sent.push(sentVersion);
			return Promise.resolve(true);
		},
		onChange: () => undefined,
	});

beforeEach(() => {
	storage = new PageStorage();
	isOnline = true;
	sent = [];
});

describe('consent', () => {
	it('is not missing if the site doesn’t ask for it', () => {
		const consent = createConsent(null);
		expect([consent.isGiven, consent.isStored, consent.isMissing]).toEqual([true, true, false]);
	});

	it('that is required prevents the visitor from writing until given', () => {
		expect(createConsent().isMissing).toBe(true);
		expect(createConsent({ ...request, is_required: false }).isMissing).toBe(false);
	});

	it('blocks personal data until the server has it, and is sent once', async () => {
		isOnline = false;
		const consent = createConsent();
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
		createConsent().give();
		await vi.waitFor(() => expect(sent).toEqual([version]));
		const next = createConsent();
		next.setStored(null);
		await vi.waitFor(() => expect(next.isStored).toBe(true));
		expect(sent).toEqual([version, version]);
	});

	it('that became required after the page loaded reloads it once', async () => {
		const reload = vi.fn();
		vi.stubGlobal('location', { reload });
		createConsent(null).reloadToAsk();
		createConsent(null).reloadToAsk();
		expect(reload).toHaveBeenCalledTimes(1);
		const withRequest = createConsent();
		withRequest.reloadToAsk();
		withRequest.give();
		await vi.waitFor(() => expect(withRequest.isStored).toBe(true));
		createConsent(null).reloadToAsk();
		expect(reload).toHaveBeenCalledTimes(2);
		vi.unstubAllGlobals();
	});

	it('to an older text is requested again', () => {
		createConsent().give();
		const newer = createConsent({ ...request, version: '2026-11-20T10:00:00.000Z' });
		newer.setStored(version);
		expect(newer.isMissing).toBe(true);
	});
});
