import { expect, it } from 'vitest';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { createSettingsVersion } from './settings-version.ts';

const question = (label: string) => ({
	key: 'need',
	label,
	type: 'text' as const,
	is_required: true,
	options: [],
});
const site = { questions: [question('Need')], completion_phrases: ['within 24 hours'] };
const getVersion = (settings: ConnectorSettings, of = site) => createSettingsVersion(settings, of);
const webhook = (url: string, value = 'sealed'): ConnectorSettings => ({
	type: 'n8n',
	url,
	auth_header: { name: 'X-Key', sealed_value: value },
});
const model: ConnectorSettings = {
	type: 'openai',
	base_url: 'https://api.openai.com/v1',
	model: 'small',
	sealed_api_key: 'sealed',
	system_prompt: 'Be brief.',
};

it('changes with the URL, the model and the prompt, and with nothing else', () => {
	expect(getVersion(webhook('https://a.example'))).toMatch(/^settings-[0-9a-f]{8}$/);
	expect(getVersion(webhook('https://a.example'))).not.toBe(
		getVersion(webhook('https://b.example')),
	);
	expect(getVersion({ ...model, model: 'large' })).not.toBe(getVersion(model));
	expect(getVersion({ ...model, system_prompt: 'Be kind.' })).not.toBe(getVersion(model));
	const shuffled = Object.fromEntries(Object.entries(model).reverse()) as typeof model;
	expect(getVersion(shuffled)).toBe(getVersion(model));
});

it('leaves secrets out', () => {
	expect(getVersion(webhook('https://a.example', 'other'))).toBe(
		getVersion(webhook('https://a.example')),
	);
	expect(getVersion({ ...model, sealed_api_key: 'other' })).toBe(getVersion(model));
});

it('changes with the questions only where Frontdesk itself asks them', () => {
	const other = { ...site, questions: [question('Budget')] };
	expect(getVersion({ type: 'scripted' }, other)).not.toBe(getVersion({ type: 'scripted' }));
	expect(getVersion(model, other)).not.toBe(getVersion(model));
	expect(getVersion(webhook('https://a.example'), other)).toBe(
		getVersion(webhook('https://a.example')),
	);
});
