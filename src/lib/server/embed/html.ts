export { escapeHtml } from '../core/escape-html.ts';

/** JSON that cannot end the script element that it stands in. */
export const jsonForHtml = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Puts values, which are HTML already, in the place of `%name%`; a name without a value is a fault. */
export function fill(template: string, values: Record<string, string>): string {
	return template.replace(/%([a-z][\w.]*)%/g, (_, name: string) => {
		const value = values[name];
		if (value === undefined) throw new Error(`The template asks for "${name}"`);
		return value;
	});
}
