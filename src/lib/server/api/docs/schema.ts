import { html } from 'hono/html';
import { z } from 'zod';

/** What of a JSON Schema is shown; the rest is in the document for programs. */
const jsonSchema = z
	.object({
		$ref: z.string(),
		type: z.union([z.string(), z.array(z.string())]),
		enum: z.array(z.unknown()),
		const: z.unknown(),
		format: z.string(),
		items: z.unknown(),
		anyOf: z.array(z.unknown()),
		properties: z.record(z.string(), z.unknown()),
		required: z.array(z.string()),
		minLength: z.number(),
		maxLength: z.number(),
		minimum: z.number(),
		maximum: z.number(),
		maxItems: z.number(),
		default: z.unknown(),
		description: z.string(),
	})
	.partial();
type JsonSchema = z.infer<typeof jsonSchema>;
type Html = ReturnType<typeof html>;

const NUMBERS_END = 2 ** 31 - 1;
const DEEPEST = 2;

const read = (schema: unknown): JsonSchema => jsonSchema.safeParse(schema).data ?? {};
/** Alike in what is shown of them. */
const isAlike = (a: unknown, b: unknown) => JSON.stringify(read(a)) === JSON.stringify(read(b));
const nameOf = (ref: string) => ref.replace('#/components/schemas/', '');

/** A schema's type in words, with links to the schemas that it names. */
export function typeHtml(given: unknown): Html {
	const schema = read(given);
	if (schema.$ref) return html`<a href="#${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
	if (schema.anyOf) {
		const shown = schema.anyOf.filter(
			(one, index, all) => all.findIndex((other) => isAlike(one, other)) === index,
		);
		return html`${shown.map((one, index) => html`${index > 0 ? ' or ' : ''}${typeHtml(one)}`)}`;
	}
	if (schema.enum) return html`<code>${schema.enum.map(String).join(' | ')}</code>`;
	if ('const' in schema) return html`<code>${JSON.stringify(schema.const)}</code>`;
	if (schema.items !== undefined) return html`list of ${typeHtml(schema.items)}${limits(schema)}`;
	return html`${[schema.type ?? 'any'].flat().join(' or ')}${limits(schema)}`;
}

function limits(schema: JsonSchema): string {
	const { format, minLength, maxLength, minimum, maximum, maxItems } = schema;
	const said = [
		format,
		maxItems !== undefined && `at most ${maxItems}`,
		maxLength !== undefined && `${minLength ?? 0} to ${maxLength} characters`,
		minimum !== undefined && minimum > -NUMBERS_END && `from ${minimum}`,
		maximum !== undefined && maximum < NUMBERS_END && `to ${maximum}`,
		schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
	].filter(Boolean);
	return said.length > 0 ? `, ${said.join(', ')}` : '';
}

export type Schemas = Record<string, unknown>;

/** The fields of an object, or of one that is named, as a table; those of objects within it below them; else in words. */
export function schemaHtml(given: unknown, schemas: Schemas = {}): Html {
	const { $ref } = read(given);
	const schema = read($ref ? schemas[nameOf($ref)] : given);
	if (!schema.properties) return html`<p>${typeHtml(given)}</p>`;
	return html`<div class="wide">
		<table>
			<tr>
				<th scope="col">Field</th>
				<th scope="col">Type</th>
				<th scope="col"></th>
			</tr>
			${rowsOf(schema, 0)}
		</table>
	</div>`;
}

function rowsOf(schema: JsonSchema, depth: number): Html[] {
	return Object.entries(schema.properties ?? {}).flatMap(([name, given]) => {
		const field = read(given);
		const inner = field.properties ? field : read(field.items);
		const row = html`<tr>
			<td class="${['', 'deep', 'deeper'][depth] ?? 'deeper'}"><code>${name}</code></td>
			<td>${typeHtml(given)}</td>
			<td class="quiet">
				${schema.required?.includes(name) ? 'required' : ''} ${field.description ?? ''}
			</td>
		</tr>`;
		return depth < DEEPEST ? [row, ...rowsOf(inner, depth + 1)] : [row];
	});
}
