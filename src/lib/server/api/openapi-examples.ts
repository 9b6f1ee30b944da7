import { z } from 'zod';
import type { JsonSchema } from './json-schemas.ts';

/** Example values by field name. A value that does not match the field's schema is skipped. */
const EXAMPLES_BY_NAME: Record<string, unknown> = {
	session_id: 'session_xyz',
	person_of: 'session_xyz',
	email: 'ada@example.com',
	name: 'Ada Lovelace',
	visitor_name: 'Ada Lovelace',
	has_contact: true,
	phone: '+44 20 7946 0958',
	company: 'Analytical Engines',
	budget: '5,000',
	message: 'We need a new roof',
	response: 'Thank you! When should it start?',
	last_ai_message: 'When should it start?',
	text: 'Thank you, {name}!',
	qa_status: 'passed',
	site: 'default',
	site_name: 'Default',
	site_key: 'default',
	key: 'default',
	file: 'lead.completed.json',
	url: 'https://n8n.example.com/webhook/frontdesk',
	base_url: 'https://api.example.com/v1',
	page_url: 'https://www.example.com/?utm_source=ads',
	title: 'Hours',
	workflow: 'CRM sync',
	node: 'HubSpot',
	time_zone: 'Europe/Berlin',
	notes: 'It asked twice.',
	external_id: 'sms:17',
	date: '2026-11-23',
	language: 'en',
	from: '09:00',
	to: '17:00',
	accent: '#0b6e5f',
	logo: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	page_id: '1000200030',
};
const EXAMPLES_BY_FORMAT: Record<string, string> = {
	'date-time': '2026-11-23T10:00:00.000Z',
	date: '2026-11-23',
	uuid: '6b1f1c1e-0000-4000-8000-000000000001',
	email: 'ada@example.com',
	uri: 'https://www.example.com/',
};
const MAX_DEPTH = 8;

type Components = Record<string, JsonSchema>;

/** Returns a realistic example value for a schema of the document. */
export function createExample(
	schema: unknown,
	components: Components,
	name = '',
	depth = 0,
): unknown {
	const json = resolve(schema, components);
	if (depth > MAX_DEPTH) return null;
	if (json.const !== undefined) return json.const;
	if (json.default !== undefined) return json.default;
	const options = json.anyOf ?? json.oneOf;
	if (options) {
		const nonNullOption = options.find((option) => resolve(option, components).type !== 'null');
		return createExample(nonNullOption ?? options[0], components, name, depth);
	}
	if (json.allOf) return createExample(json.allOf[0], components, name, depth);
	if (json.enum) return json.enum.find((value) => value === EXAMPLES_BY_NAME[name]) ?? json.enum[0];
	const type = Array.isArray(json.type) ? json.type[0] : json.type;
	switch (type) {
		case 'string':
			return createText(json, name);
		case 'integer':
		case 'number':
			return Math.max(17, json.minimum ?? 17) > (json.maximum ?? 17) ? json.maximum : 17;
		case 'boolean':
			return true;
		case 'null':
			return null;
		case 'array':
			return [createExample(json.items ?? {}, components, name.replace(/s$/, ''), depth + 1)];
		case 'object':
		case undefined:
			return createObject(json, components, depth);
	}
}

function createObject(json: JsonSchema, components: Components, depth: number): unknown {
	const { properties } = json;
	const { additionalProperties: value, propertyNames } = json;
	if (!properties) {
		const key = String(resolve(propertyNames, components).enum?.[0] ?? 'budget');
		return typeof value === 'object'
			? { [key]: createExample(value, components, key, depth + 1) }
			: {};
	}
	// Only required fields, or the first one if all are optional, as in a patch.
	const names = json.required ?? Object.keys(properties).slice(0, 1);
	const fields = names.map((key) => [
		key,
		createExample(properties[key] ?? {}, components, key, depth + 1),
	]);
	return Object.fromEntries(fields);
}

function createText({ format = '', pattern, minLength = 0, maxLength }: JsonSchema, name: string) {
	const isValid = (text: unknown): text is string =>
		typeof text === 'string' &&
		(!pattern || new RegExp(pattern).test(text)) &&
		text.length >= minLength &&
		(maxLength === undefined || text.length <= maxLength);
	const candidates = [
		EXAMPLES_BY_FORMAT[format],
		EXAMPLES_BY_NAME[name],
		...FALLBACK_TEXTS,
		'x'.repeat(minLength),
	];
	return candidates.find(isValid) ?? 'text';
}

/** Candidates for fields that are described only by a pattern. */
const FALLBACK_TEXTS = [
	'text',
	'session_xyz',
	'2026-11-23',
	'17',
	'#0b6e5f',
	'X-Api-Key',
	'default',
	'https://www.example.com',
	'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
];

const isSchema = (value: unknown): value is JsonSchema =>
	typeof value === 'object' && value !== null;
const reference = z.object({ $ref: z.string() });

function resolve(schema: unknown, components: Components): JsonSchema {
	const parsed = reference.safeParse(schema);
	if (!parsed.success) return isSchema(schema) ? schema : {};
	return components[parsed.data.$ref.replace('#/components/schemas/', '')] ?? {};
}
