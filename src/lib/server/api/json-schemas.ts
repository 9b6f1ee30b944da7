import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export type MediaTypes = Record<string, { schema: unknown; example?: unknown }>;
/** What an OpenAPI document says of one answer. */
export interface Content {
	description: string;
	headers?: Record<string, { $ref: string }>;
	content?: MediaTypes;
}

/** The contract as JSON Schemas: those with an id are collected as components, and referred to. */
export class JsonSchemas {
	readonly components: Record<string, JsonSchema> = {};

	/** The schema of what is taken (`input`) or given (`output`). */
	of(schema: z.ZodType, io: 'input' | 'output'): unknown {
		// Below an object even a schema that has an id is a reference.
		const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
			io,
			unrepresentable: 'any',
			override: ({ zodSchema, jsonSchema }) => refine(zodSchema, jsonSchema),
		});
		for (const [name, component] of Object.entries($defs)) this.#add(name, component);
		return asComponents(properties?.['it']);
	}

	#add(name: string, component: JsonSchema): void {
		const schema = asComponents({ ...component, id: undefined }) as JsonSchema;
		const known = this.components[name];
		if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
			throw new Error(
				`${name} is not the same as input and as output: give one of them its own id`,
			);
		}
		this.components[name] = schema;
	}
}

/** What is given, as a schema that stands by itself. */
export const asJsonSchema = (schema: z.ZodType): JsonSchema =>
	z.toJSONSchema(schema, {
		io: 'output',
		unrepresentable: 'any',
		override: ({ zodSchema, jsonSchema }) => refine(zodSchema, jsonSchema),
	});

const asComponents = (schema: unknown): unknown =>
	JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

/** Makes a schema say what a reader wants to know, and no more. */
function refine(zodSchema: z.core.$ZodType, json: JsonSchema): void {
	// Answers may get more fields; what is not strict takes them, too.
	if (zodSchema instanceof z.ZodObject && !zodSchema.def.catchall) delete json.additionalProperties;
	if (json.format === 'date-time' || json.format === 'uuid') delete json.pattern;
	if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
	if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
	// Text is cleaned before its length is checked: the limits stand at the end of the pipe.
	if (zodSchema instanceof z.ZodPipe && json.type === 'string') {
		const { out } = zodSchema.def;
		if (out instanceof z.ZodString) {
			const { minLength, maxLength } = z.toJSONSchema(out);
			Object.assign(json, { minLength: minLength || undefined, maxLength });
		}
	}
}
