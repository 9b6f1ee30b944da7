/** Makes Excel read a file as UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/** Returns the header row of a CSV file, with a byte order mark. */
export const formatCsvHeader = (cells: string[]) => BYTE_ORDER_MARK + formatCsvLine(cells);

/** Returns a CSV line (RFC 4180) with its line break. Escapes cells that a spreadsheet would run as a formula. */
export function formatCsvLine(cells: string[]): string {
	return `${cells.map(formatCsvCell).join(',')}\r\n`;
}

/** The start of a formula. Some spreadsheets trim whitespace first, and accept full-width and small-form characters. */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@＝＋－＠﹦﹢﹣﹫]/;
/** A formula after the delimiter of a different CSV dialect, at which an importer would split the cell. */
const INNER_FORMULA = /([;\t|\r\n][^\S\t\r\n]*["']?)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])/g;
/** International phone numbers aren't formulas, and CRMs need them unchanged. */
const PHONE = /^\+\d{6,15}(?:;ext=\d{1,7})?$/;

function formatCsvCell(text: string): string {
	const inner = text.replace(INNER_FORMULA, "$1'");
	const escaped = FORMULA.test(text) && !PHONE.test(text) ? `'${inner}` : inner;
	return /[",;|\t\r\n]/.test(escaped) ? `"${escaped.replaceAll('"', '""')}"` : escaped;
}
