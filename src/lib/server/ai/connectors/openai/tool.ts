import { z } from 'zod';
import { CORE_LEAD_FIELDS, type LeadInput } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';

export const TOOL_NAME = 'save_lead';

const CORE: Record<(typeof CORE_LEAD_FIELDS)[number], string> = {
	name: "The visitor's name",
	email: "The visitor's e-mail address",
	phone: "The visitor's phone number, in international form if it is known",
	company: "The visitor's company",
};

interface Property {
	type: 'string' | 'boolean' | 'array';
	description: string;
	enum?: string[];
	items?: { type: 'string' };
}

/** The function that the model calls to hand over what it has learnt, made of the site's questions. */
export function leadTool(questions: Question[]) {
	const properties: Record<string, Property> = {};
	for (const field of CORE_LEAD_FIELDS) {
		properties[field] = { type: 'string', description: CORE[field] };
	}
	for (const { key, label, options } of questions) {
		properties[key] = {
			type: 'string',
			description: label,
			...(options.length && { enum: options }),
		};
	}
	properties['completed'] = {
		type: 'boolean',
		description: 'True when everything that is needed is known and the conversation is finished',
	};
	properties['quick_replies'] = {
		type: 'array',
		items: { type: 'string' },
		description:
			'Short answers that the visitor may press in place of typing; only when you offer a choice',
	};
	return {
		type: 'function',
		function: {
			name: TOOL_NAME,
			description:
				'Save what the visitor has told. Call it as soon as you learn something, with the new or corrected values only; never with guesses.',
			parameters: { type: 'object', properties, additionalProperties: false },
		},
	};
}

/** What the model handed over by its calls of the tool. */
export interface Told {
	lead: LeadInput;
	completed: boolean;
	quick_replies: string[];
}

const value = z.union([z.string(), z.number(), z.boolean()]);
const handedOver = z
	.object({
		completed: z.union([z.boolean(), z.literal('true').transform(() => true)]).catch(false),
		quick_replies: z.array(z.string()).catch([]),
	})
	.catchall(z.unknown());

/** Adds one call's arguments; says what to tell the model, for whom a call that cannot be read is not lost. */
export function takeCall(told: Told, name: string, text: string): string {
	if (name !== TOOL_NAME) return `There is no function ${name.slice(0, 60)}.`;
	const parsed = handedOver.safeParse(readJson(text));
	if (!parsed.success) return 'The arguments are not a JSON object. Call the function again.';
	const { completed, quick_replies, ...fields } = parsed.data;
	for (const [key, field] of Object.entries(fields)) {
		const known = value.safeParse(field);
		if (known.success && String(known.data).trim() !== '') told.lead[key] = String(known.data);
	}
	told.completed ||= completed;
	if (quick_replies.length > 0) told.quick_replies = quick_replies;
	return 'Saved.';
}

function readJson(text: string): unknown {
	try {
		return JSON.parse(text === '' ? '{}' : text);
	} catch {
		return undefined;
	}
}
