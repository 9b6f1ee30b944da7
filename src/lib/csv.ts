/** Tells Excel that a file is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/** The first line of a CSV file, with what programs need to know of it. */
export const csvHead = (cells: string[]) => BYTE_ORDER_MARK + csvLine(cells);

/** One line of CSV (RFC 4180), with its line end; cells that a spreadsheet would run as a formula are defused. */
export function csvLine(cells: string[]): string {
	return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A formula's beginning. Some spreadsheets trim white space first, and take full-width and small signs for the plain ones. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@＝＋－＠﹦﹢﹣﹫]/;
/** The same behind what other dialects part cells and lines by: they split a cell that is quoted for this one. */
const INNER_FORMULA = /([;\t|\r\n][^\S\r\n]*["']?)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])/g;
/** An international phone number is no formula, and a CRM wants it as it is. */
const PHONE = /^\+\d{6,15}(?:;ext=\d{1,7})?$/;

function csvCell(text: string): string {
	const inner = text.replace(INNER_FORMULA, "$1'");
	const safe = FORMULA.test(text) && !PHONE.test(text) ? `'${inner}` : inner;
	return /[",;|\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
