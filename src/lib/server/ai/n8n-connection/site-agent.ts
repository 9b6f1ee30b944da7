import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CORE_LEAD_FIELDS, DEFAULT_COMPLETION_PHRASE } from '#lib/contract/constants.ts';
import type { Question } from '#lib/contract/site.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import { describeQuestion } from '../connectors/connector.ts';

type Site = Pick<SiteRow, 'name' | 'questions' | 'completion_phrases'>;
interface Node {
	[key: string]: unknown;
	type: string;
	parameters: Record<string, unknown>;
}

const agentOptions = z.looseObject({ systemMessage: z.string() });

/**
 * Fills a node of the `site-agent` workflow with a site's questions: the schema of the model's output, its instructions, or the
 * version that its answers report. Returns other nodes unchanged.
 */
export function fillSiteAgentNode<T extends Node>(node: T, site: Site): T {
	const { parameters } = node;
	if (node.type.endsWith('.outputParserStructured')) {
		const inputSchema = JSON.stringify(createOutputSchema(site.questions), null, 2);
		return { ...node, parameters: { ...parameters, inputSchema } };
	}
	if (node.type.endsWith('.agent')) {
		const options = agentOptions.parse(parameters['options']);
		const systemMessage = createInstructions(site, options.systemMessage);
		return { ...node, parameters: { ...parameters, options: { ...options, systemMessage } } };
	}
	const { responseBody } = parameters;
	if (typeof responseBody !== 'string') return node;
	const version = `"${createVersion(site)}"`;
	return {
		...node,
		parameters: { ...parameters, responseBody: responseBody.replace('"example"', version) },
	};
}

/** Returns a version derived from the site's questions and phrases. */
const createVersion = ({ questions, completion_phrases }: Site) =>
	`site-${createHash('sha256')
		.update(JSON.stringify([questions, completion_phrases]))
		.digest('hex')
		.slice(0, 8)}`;

/** Replaces the expressions in the system message, which n8n would evaluate, with the site's name, questions and phrase. */
function createInstructions(
	{ name, questions, completion_phrases }: Site,
	message: string,
): string {
	const lines = questions.map(describeQuestion);
	const phrase = completion_phrases[0] ?? DEFAULT_COMPLETION_PHRASE;
	return message
		.replace('{{ $json.body.site }}', () => escapeExpressions(name))
		.replace(/\{\{ \(\$json\.body\.questions.*?\}\}(?=\n)/s, () =>
			escapeExpressions(lines.join('\n')),
		)
		.replace(DEFAULT_COMPLETION_PHRASE, () => escapeExpressions(phrase));
}

/** Prevents n8n from evaluating double braces in a site's texts as expressions. */
const escapeExpressions = (text: string) => text.replaceAll('{{', '{ {').replaceAll('}}', '} }');

const createOptionalText = (description: string) => ({ type: ['string', 'null'], description });

/** Returns the JSON Schema of the model's output. */
function createOutputSchema(questions: Question[]) {
	const fields = Object.fromEntries([
		...CORE_LEAD_FIELDS.map((key) => [key, createOptionalText(`The visitor's ${key}`)] as const),
		...questions.map(
			({ key, label, options }) => [key, createAnswerSchema(label, options)] as const,
		),
	]);
	return {
		type: 'object',
		properties: {
			reply: {
				type: 'string',
				description: 'What the visitor reads: one to three short sentences',
			},
			lead: {
				type: 'object',
				description:
					'What the visitor has said, in their own words; null for anything they have not mentioned',
				properties: fields,
			},
			asked: {
				type: ['string', 'null'],
				enum: [...questions.map(({ key }) => key), null],
				description: 'The key of the question that the reply asks; null if it asks none',
			},
			completed: {
				type: 'boolean',
				description: 'True when everything required is known and the reply says so',
			},
			quick_replies: {
				type: 'array',
				items: { type: 'string' },
				description: 'Short answers to press, if the reply offers a choice',
			},
			handoff: createOptionalText('Why the visitor asks for a person; null if they don’t'),
			unanswered: createOptionalText(
				'A question from the visitor that you could not answer; null if there is none',
			),
			booking_url: createOptionalText(
				'A link where the visitor can book an appointment; null unless you were given one',
			),
		},
		required: ['reply'],
	};
}

const createAnswerSchema = (label: string, options: string[]) =>
	options.length > 0
		? { ...createOptionalText(label), enum: [...options, null] }
		: createOptionalText(label);
