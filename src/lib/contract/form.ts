/** A form as a page shows it, before it is sent and after it was refused. */
export interface Form<Values> {
	/** Tells apart the forms of one page. */
	id?: string;
	values: Values;
	/** The first error of each field. */
	errors: { [Field in keyof Values]?: string };
	/** Why the form as a whole was refused, or the result of its action. */
	message?: string;
}
