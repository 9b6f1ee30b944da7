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
const versionOf = (settings: ConnectorSettings, of = site) => createSettingsVersion(settings, of);
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
	expect(versionOf(webhook('https://a.example'))).toMatch(/^settings-[0-9a-f]{8}$/);
	expect(versionOf(webhook('https://a.example'))).not.toBe(versionOf(webhook('https://b.example')));
	expect(versionOf({ ...model, model: 'large' })).not.toBe(versionOf(model));
	expect(versionOf({ ...model, system_prompt: 'Be kind.' })).not.toBe(versionOf(model));
	const shuffled = Object.fromEntries(Object.entries(model).reverse()) as typeof model;
	expect(versionOf(shuffled)).toBe(versionOf(model));
});

it('leaves secrets out', () => {
	expect(versionOf(webhook('https://a.example', 'other'))).toBe(
		versionOf(webhook('https://a.example')),
	);
	expect(versionOf({ ...model, sealed_api_key: 'other' })).toBe(versionOf(model));
});

it('changes with the questions only where Frontdesk itself asks them', () => {
	const other = { ...site, questions: [question('Budget')] };
	expect(versionOf({ type: 'scripted' }, other)).not.toBe(versionOf({ type: 'scripted' }));
	expect(versionOf(model, other)).not.toBe(versionOf(model));
	expect(versionOf(webhook('https://a.example'), other)).toBe(
		versionOf(webhook('https://a.example')),
	);
});
