import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export type MediaTypes = Record<string, { schema: unknown; example?: unknown }>;
/** One response in an OpenAPI document. */
export interface OpenApiResponse {
	description: string;
	headers?: Record<string, { $ref: string }>;
	content?: MediaTypes;
}

/** Converts zod schemas to JSON Schema. Schemas with an id become components and are referenced. */
export class JsonSchemas {
	readonly components: Record<string, JsonSchema> = {};

	/** Returns the JSON Schema of a request value (`input`) or a response value (`output`). */
	toSchema(schema: z.ZodType, io: 'input' | 'output'): unknown {
		// Wrapped in an object, because a schema with an id is emitted as a reference only if it is nested.
		const { properties, $defs = {} } = z.toJSONSchema(z.object({ value: schema }), {
			io,
			unrepresentable: 'any',
			override: ({ zodSchema, jsonSchema }) => refineSchema(zodSchema, jsonSchema),
		});
		for (const [name, component] of Object.entries($defs)) this.#add(name, component);
		return toComponentRefs(properties?.['value']);
	}

	#add(name: string, component: JsonSchema): void {
		const schema = toComponentRefs({ ...component, id: undefined }) as JsonSchema;
		const existing = this.components[name];
		if (existing !== undefined && JSON.stringify(existing) !== JSON.stringify(schema)) {
			throw new Error(`${name} differs as input and output: give one of them its own id`);
		}
		this.components[name] = schema;
	}
}

/** Returns a self-contained JSON Schema of a response value. */
export const toJsonSchema = (schema: z.ZodType): JsonSchema =>
	z.toJSONSchema(schema, {
		io: 'output',
		unrepresentable: 'any',
		override: ({ zodSchema, jsonSchema }) => refineSchema(zodSchema, jsonSchema),
	});

const toComponentRefs = (schema: unknown): unknown =>
	JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

/** Removes noise from a schema and adds limits that zod omits. */
function refineSchema(zodSchema: z.core.$ZodType, json: JsonSchema): void {
	// Responses may gain fields, and non-strict inputs accept unknown ones.
	if (zodSchema instanceof z.ZodObject && !zodSchema.def.catchall) delete json.additionalProperties;
	if (json.format === 'date-time' || json.format === 'uuid') delete json.pattern;
	if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
	if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
	// Text is cleaned before its length is checked, so the limits are on the output of the pipe.
	if (zodSchema instanceof z.ZodPipe && json.type === 'string') {
		const { out } = zodSchema.def;
		if (out instanceof z.ZodString) {
			const { minLength, maxLength } = z.toJSONSchema(out);
			Object.assign(json, { minLength: minLength || undefined, maxLength });
		}
	}
}
